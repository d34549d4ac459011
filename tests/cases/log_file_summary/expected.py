"""Stage work, written from a notebook cell."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

LINE = re.compile(
    r"""
    ^(?P<when>\S+)\s      # ISO time
    (?P<level>[A-Z]+)\s
    (?P<text>.*)$
    """,
    re.VERBOSE,
)


def parse(line):
    """Give time, level and text, or None for lines of another form."""
    match = LINE.match(line)
    if match is None:
        return None
    return datetime.fromisoformat(match["when"]), match["level"], match["text"]


def work(path: str, *, LEVELS: Sequence[str]) -> dict[str, object]:
    """Errors and warnings of one log file.

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    LEVELS : Sequence[str]
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    LEVELS = tuple(LEVELS)

    seen = Counter()
    first = last = None
    with open(path) as log:
        for entry in filter(None, map(parse, log)):
            when, level, text = entry
            first = first or when
            last = when
            if level in LEVELS:
                seen[level] += 1

    return {
        "counts": dict(seen),
        "hours": (last - first).total_seconds() / 3600 if first else 0.0,
    }


# Lines here = in the cell: 43-55=3
# Lines here = in the cell that defines each: parse 18-23=16
