"""Stage work, written from a notebook cell."""


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

    def shifted(x):
        return x - offset

    values = [float(part) for part in path.split(",")]
    offset = min(values)
    return [shifted(v) for v in values]


# Lines here = in the cell: 21-23=1
# Lines here = in the cell that defines each: shifted 18-19=1
