"""Stage work, written from a notebook cell."""


def work(n_estimators: int, max_depth: int):
    """Compute one set of parameters (stage work).

    Parameters
    ----------
    n_estimators : int
        One value of the sweep.
    max_depth : int
        One value of the sweep.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    return n_estimators * max_depth


# Lines here = in the cell: 19=3
