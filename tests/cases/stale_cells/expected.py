"""Stage work, written from a notebook cell."""

LIMIT = 3


def clean(x):
    return x.strip()


def keep(x):
    return len(x) > LIMIT


def tidy(x):
    return x.strip()


def upper(x):
    return x.upper()


def work(path: str, *, suffix: str):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    suffix : str
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    text = clean(path)
    return upper(text) + suffix if keep(text) else tidy(text)


# Lines here = in the cell: 37-38=1
# Lines here = in the cell that defines each: clean 6-7=1, keep 10-11=1, tidy 14-15=1,
#  upper 18-19=1
