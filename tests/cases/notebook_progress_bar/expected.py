"""Stage work, written from a notebook cell."""

from tqdm import tqdm as progress
from tqdm import trange


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
    return sum(len(part) + i for part in progress(path.split()) for i in trange(2))


# Lines here = in the cell: 20=3
