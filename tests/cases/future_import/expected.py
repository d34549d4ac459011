"""Stage work, written from a notebook cell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Point:
    x: int
    next: Point | None = None


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
    return Point(1, Point(len(path))).next.x


# Lines here = in the cell: 8-11=6, 27=12
