"""Stage work, written from a notebook cell."""

from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer


def work(path: str):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    table = [[float(x) for x in row.split()] for row in path.split(",")]
    return IterativeImputer(random_state=0).fit_transform(table).round(3).tolist()


# Lines here = in the cell: 20-21=4
