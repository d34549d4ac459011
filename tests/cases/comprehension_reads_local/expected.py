"""Stage work, written from a notebook cell."""


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
    offset = 3
    return [len(path) + offset for _ in range(2)]


# Lines here = in the cell: 17-18=1
