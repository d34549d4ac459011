"""Stage work, written from a notebook cell."""


def work(path: str) -> None:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    """
    for word in path.split():
        print(word)


# Lines here = in the cell: 12-13=1
