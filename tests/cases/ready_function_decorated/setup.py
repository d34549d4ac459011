import functools
import time


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        time.perf_counter()
        return function(*args, **kwargs)

    return wrapper
