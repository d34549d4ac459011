"""Stage work, written from a notebook cell."""

import os

import numpy as np


def work(path: str) -> float:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    float
        The value of the cell's last line.
    """
    os.environ["MODE"] = "fast"
    values = [float(x) for x in path.split()]
    total = sum(values)
    mean = total / len(values)
    if total > 3:
        total = total * 2
    result = np.sqrt(total)
    return float(result)


# Lines here = in the cell: 21-28=5
