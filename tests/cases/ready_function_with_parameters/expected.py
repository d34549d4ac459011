"""Stage work, written from a notebook cell."""


def above(path, threshold, scale=10):
    return [scale * int(x) for x in path.split() if int(x) > threshold]


# Lines here = in the cell: 4-5=1
