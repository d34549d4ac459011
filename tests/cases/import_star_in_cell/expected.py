"""Stage work, written from a notebook cell."""

from math import floor, sqrt


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
    return floor(sqrt(len(path)))


# Lines here = in the cell: 19=3
