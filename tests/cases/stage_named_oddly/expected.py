"""Stage 2. Größe & class, written from a notebook cell."""


def stage_2_Grosse_class(path: str) -> int:
    """Process one file (stage 2. Größe & class).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    int
        The value of the cell's last line.
    """
    return len(path)


# Lines here = in the cell: 17=1
