"""Stage work, written from a notebook cell."""


def work(alpha: float, beta: int) -> list:
    """Compute one set of parameters (stage work).

    Parameters
    ----------
    alpha : float
        One value of the sweep.
    beta : int
        One value of the sweep.

    Returns
    -------
    list
        The value of the cell's last line.
    """
    return [alpha * k**beta for k in range(4)]


# Lines here = in the cell: 19=1
