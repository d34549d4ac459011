"""Stage work, written from a notebook cell."""


def windows(values, size):
    for start in range(len(values) - size + 1):
        yield values[start : start + size]


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
    numbers = [int(x) for x in path.split()]
    return [sum(w) for w in windows(numbers, 2)]


# Lines here = in the cell: 4-6=1, 22-23=6
