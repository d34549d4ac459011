import functools


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@logged
def length(text: str, *, plus: int = 0) -> int:
    """Length of a text."""
    return len(text) + plus
