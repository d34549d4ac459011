"""Stage work, written from a notebook cell."""


def work(path: str):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    object
        ``last``, the value of the cell's last line.
    """
    for word in path.split("-"):
        last = word
    return last


# Lines here = in the cell: 17-19=1
