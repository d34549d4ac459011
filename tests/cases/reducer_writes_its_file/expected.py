"""Reducer work, written from a notebook cell."""

from collections.abc import Iterator
from typing import Any


def work(results: Iterator[Any]):
    """Merge the partitions' results (reducer work).

    Parameters
    ----------
    results : Iterator[Any]
        Results of the partitions, in the order of the partitions.

    Returns
    -------
    object
        ``best``, the value of the cell's last line.
    """
    best = min(results, key=lambda r: r["loss"])
    with open("best.txt", "w") as f:
        f.write(str(best["loss"]))
    return best


# Lines here = in the cell: 20-23=1
