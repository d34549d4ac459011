"""Stage work, written from a notebook cell."""

from typing import Any


def work(lr: Any):
    """Compute one set of parameters (stage work).

    Parameters
    ----------
    lr : Any
        One value of the sweep.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    return lr * 2


# Lines here = in the cell: 19=1
