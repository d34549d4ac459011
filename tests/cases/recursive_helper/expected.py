"""Stage work, written from a notebook cell."""

import json


def depth(tree):
    if not isinstance(tree, dict):
        return 0
    return 1 + max((depth(branch) for branch in tree.values()), default=0)


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
    with open(path) as f:
        tree = json.load(f)
    return depth(tree)


# Lines here = in the cell: 25-27=3
# Lines here = in the cell that defines each: depth 6-9=1
