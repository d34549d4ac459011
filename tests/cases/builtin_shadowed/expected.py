"""Stage work, written from a notebook cell."""


def work(path: str, *, max: int):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    max : int
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    return min(len(path), max)


# Lines here = in the cell: 19=1
