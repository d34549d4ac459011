"""Stage work, written from a notebook cell."""


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


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
    return is_even(len(path))


# Lines here = in the cell: 25=1
# Lines here = in the cell that defines each: is_even 4-5=1, is_odd 8-9=5
