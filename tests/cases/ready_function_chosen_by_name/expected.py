"""Stage second, written from a notebook cell."""


def first(path):
    return 1


def second(path):
    return 2


# Lines here = in the cell: 4-9=1
