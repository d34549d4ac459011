"""Stage work, written from a notebook cell."""

import functools
import time


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        time.perf_counter()
        return function(*args, **kwargs)

    return wrapper


@timed
def words(path):
    return len(path.split())


# Lines here = in the cell: 16-18=1
# Lines here = in the cell that defines each: timed 7-13=5
