"""Stage work, written from a notebook cell."""


def work(path: str, *, power: int) -> list:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    power : int
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    list
        The value of the cell's last line.
    """
    values = [int(x) for x in path.split()]
    largest = max(values)

    def scaled(x):
        # relative to the largest
        return (x / largest) ** power

    return [scaled(v) for v in values]


# Lines here = in the cell: 19-20=1, 22-24=5, 26=10
