"""Stage work, written from a notebook cell."""

import math


def norm(v):
    return math.sqrt(sum(x * x for x in v))


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
    vector = [float(x) for x in path.split()]
    return norm(vector)


# Lines here = in the cell: 6-7=4, 23-24=8
