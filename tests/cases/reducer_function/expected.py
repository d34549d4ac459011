"""Reducer work, written from a notebook cell."""


def merge(results, *, scale=1):
    return scale * sum(results)


# Lines here = in the cell: 4-5=1
