"""Stage work, written from a notebook cell."""


def work(path: str, *, columns: list[str]) -> list:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    columns : list[str]
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    list
        ``columns``, the value of the cell's last line.
    """
    columns = [c for c in columns if c in path]
    return columns


# Lines here = in the cell: 19-20=1
