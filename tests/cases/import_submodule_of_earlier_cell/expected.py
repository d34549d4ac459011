"""Stage work, written from a notebook cell."""

import scipy.optimize


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
    root = scipy.optimize.brentq(lambda x: x * x - len(path), 0, 10)
    return round(root, 6)


# Lines here = in the cell: 19-20=1
