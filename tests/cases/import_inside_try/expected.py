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
        The value of the cell's last line.
    """
    try:
        import ujson_that_is_not_there as json
    except ImportError:
        import json

    return json.loads(path)


# Lines here = in the cell: 17-22=1
