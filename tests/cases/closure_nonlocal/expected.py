"""Stage work, written from a notebook cell."""


def counter():
    n = 0

    def count():
        nonlocal n
        n += 1
        return n

    return count


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
    tick = counter()
    for _ in path:
        tick()
    return tick()


# Lines here = in the cell: 4-12=1, 28-31=12
