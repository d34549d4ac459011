"""Stage work, written from a notebook cell."""


def work(path: str, *, mean: float, n: int, flag: bool):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    mean : float
        A constant of the notebook; its value is in the contract.
    n : int
        A constant of the notebook; its value is in the contract.
    flag : bool
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    return float((len(path) - mean) * n) if flag else None


# Lines here = in the cell: 23=1
