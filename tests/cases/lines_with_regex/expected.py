"""Stage work, written from a notebook cell."""

import re
from collections.abc import Iterator

LINE = re.compile(r"(?P<host>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] \"(?P<verb>[A-Z]+) ")


def work(lines: Iterator[str]) -> dict:
    """Process one partition (stage work).

    Parameters
    ----------
    lines : Iterator[str]
        Lines of the partition.

    Returns
    -------
    dict
        ``counts``, the value of the cell's last line.
    """
    counts = {}
    for line in lines:
        if m := LINE.match(line):
            verb = m["verb"]
            counts[verb] = counts.get(verb, 0) + 1
    return counts


# Lines here = in the cell: 22-27=1
