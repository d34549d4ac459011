"""Stage work, written from a notebook cell."""


def work(path: str, *, scale: int):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    scale : int
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    if path.startswith("x"):
        scale = 3
    return len(path) * scale


# Lines here = in the cell: 19-21=1
