"""Stage work, written from a notebook cell."""

import os.path
import xml.etree.ElementTree
from collections import defaultdict as dd
from math import pi as PI
from math import sin

import numpy.linalg as la


def work(path: str) -> dict[str, object]:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    groups = dd(list)
    groups[os.path.splitext(path)[1]].append(round(sin(PI / 2), 3))
    root = xml.etree.ElementTree.fromstring("<a><b/></a>")
    tags = [e.tag for e in root]
    return {"groups": dict(groups), "tags": tags, "norm": float(la.norm([3.0, 4.0]))}


# Lines here = in the cell: 25-29=1
