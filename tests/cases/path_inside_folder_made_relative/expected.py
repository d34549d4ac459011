"""Stage work, written from a notebook cell."""

from pathlib import Path


def work(path: str, *, reference: str, plots: Path, elsewhere: str) -> list:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    reference : str
        A constant of the notebook; its value is in the contract.
    plots : Path
        A constant of the notebook; its value is in the contract.
    elsewhere : str
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    list
        The value of the cell's last line.
    """
    plots = Path(plots)
    return [path, reference, plots.name, elsewhere]


# Lines here = in the cell: 26=1
