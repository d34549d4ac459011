"""Stage work, written from a notebook cell."""

limit = 7


def over(n):
    return n > limit


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
    return over(len(path))


# Lines here = in the cell: 23=1
# Lines here = in the cell that defines each: over 6-7=4
