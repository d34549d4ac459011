"""How many partitions each file gets."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def allot(sizes: Sequence[float], wanted: int, caps: Sequence[float] | None = None) -> list[int]:
    """Share `wanted` partitions out among files so that the largest partition is as small as it can be.

    Each file gets at least one. Every further partition goes to the file whose partitions are the largest so
    far (ties to the lowest index), which minimises the largest quotient: H. Adams' method of apportionment,
    1832.

    Parameters
    ----------
    sizes
        Size of each file, in any unit.
    wanted
        Partitions in all; fewer than there are files means one each.
    caps
        The most that each file can give.

    Returns
    -------
    list of int
        One number per file, in order; the sum is `wanted` unless the number of files or the caps forbid it.
    """
    shares = [1] * len(sizes)
    heap = [
        (-float(size), index)
        for index, size in enumerate(sizes)
        if size > 0 and (caps is None or caps[index] > 1)
    ]
    heapq.heapify(heap)
    for _ in range(wanted - len(sizes)):
        if not heap:
            break
        index = heap[0][1]
        shares[index] += 1
        if caps is not None and shares[index] >= caps[index]:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (-sizes[index] / shares[index], index))
    return shares
