"""Stage work, written from a notebook cell."""

from fractions import Fraction
from os.path import basename

import numpy as np


def work(path: str) -> list:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    list
        The value of the cell's last line.
    """
    return [basename(path), str(Fraction(6, 4)), int(np.sum([1, 2]))]


# Lines here = in the cell: 22=1
