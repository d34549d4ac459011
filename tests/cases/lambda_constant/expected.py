"""Stage work, written from a notebook cell."""

import operator
from functools import partial

square = lambda x: x**2  # noqa: E731
by_second = operator.itemgetter(1)
parse = partial(int, base=16)


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
    pairs = [(word, square(parse(word))) for word in path.split("-")]
    return max(pairs, key=by_second)


# Lines here = in the cell: 24-25=1
