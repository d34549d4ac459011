"""Stage work, written from a notebook cell."""

import json  # two in one


def twice(a, b=2) -> int:
    return a * b


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
    x = 1
    y = 2  # both
    if x > y:
        z = 3
    else:
        z = [1, 2, 3]
    d = {'a': 1, "b": -2}
    s = '''
    kept  as it is
  '''
    for k, v in d.items():
        x += v
        y -= 1

        # a comment in between
        x = x**2
    return json.dumps([x, y, z, twice(a=3), s, path[1 : ], lambda q: q and None][:-1])  # done


# Lines here = in the cell: 6=6, 7=6, 23=2, 24-25=2, 26-28=3, 29-34=7, 35=12, 38-39=16
