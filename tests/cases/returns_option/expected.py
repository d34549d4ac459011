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
        ``longest``, after the last line of the cell.
    """
    words = path.split()
    longest = max(words, key=len)
    len(words)
    return longest


# Lines here = in the cell: 17-19=1
