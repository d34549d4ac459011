"""Batches: how many consecutive partitions one task processes, so that tiny partitions stay cheap.

The size follows what tasks were seen to take: a task should last about `TARGET_S`, long enough that sending
it and writing its segment do not matter, short enough that little is redone when a worker dies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

TARGET_S = 0.75
LEAST_S = 0.05
MAX_SEGMENTS = 600
_LONGEST_S = 30.0
# what is left is shared out among the workers while each gets so much; a task itself costs a fifth of it
_SHARED_S = 0.01
# an empty file weighs nothing, and still takes a moment
_LEAST_WEIGHT = 1.0


class PartitionBatcher(Protocol):
    """What says which partitions are next.

    It is true while there is something to hand out, or to be handed out later.
    """

    def __bool__(self) -> bool: ...

    def next(self, busy: Mapping[int, int] | None = None, room: Sequence[int] = ()) -> list[int]:
        """Give the next batch, ascending; empty when there is none that anybody could take now."""
        ...

    def fit(self, slots: int) -> None:
        """Cut what is left for so many tasks at once."""
        ...

    def learn(self, indexes: Sequence[int], seconds: float) -> None:
        """Take note of what a task took."""
        ...

    def put_back(self, indexes: Sequence[int], parts: int = 1) -> None:
        """Take a batch back, in `parts` pieces, to be handed out before anything else."""
        ...


class Pace:
    """What partitions were seen to take; recent tasks count more, since the first ones pay for imports."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._weight = 0.0

    def learn(self, weight: float, seconds: float) -> None:
        """Take note of what a task took."""
        self._seconds = self._seconds * 0.5 + seconds
        self._weight = self._weight * 0.5 + weight

    def expected_s(self, weight: float) -> float:
        """Give what a partition of such a weight should take; 0 where nothing was seen yet."""
        if not self._weight or not self._seconds:
            return 0.0
        return max(self._seconds / self._weight * weight, 1e-7)


class Batcher:
    """Hands out the partitions that are still to do, longest first, as batches of plan indexes.

    Parameters
    ----------
    weights
        Expected work by plan index.
    pending
        Plan indexes still to do.
    slots
        How many tasks run at once.
    fixed_size
        A batch size asked for; None lets it follow the times seen.
    pace, of
        What tasks were seen to take, and how many partitions there are in all, where there are other batchers
        beside this one.
    """

    def __init__(
        self,
        weights: Sequence[float],
        pending: Iterable[int],
        slots: int,
        fixed_size: int | None = None,
        *,
        pace: Pace | None = None,
        of: int = 0,
    ) -> None:
        # stable: partitions of equal weight keep the plan's order, so that their results lie side by side
        order = sorted(pending, key=lambda index: -weights[index])
        self._again: deque[list[int]] = deque()
        self._order = order
        self._next = 0
        self._slots = max(1, slots)
        self._fixed = fixed_size
        self._weights = weights
        self._pace = pace or Pace()
        self._count = max(of, len(order))

    def __bool__(self) -> bool:
        return bool(self._again) or self._next < len(self._order)

    def __len__(self) -> int:
        return len(self._order) - self._next + sum(map(len, self._again))

    def next(self, busy: Mapping[int, int] | None = None, room: Sequence[int] = ()) -> list[int]:
        """Give the next batch, ascending; empty when there is nothing left to hand out.

        `busy` and `room` are for `jupyter_agilab.run.pinned_batching`, which has the same methods.
        """
        if self._again:
            return self._again.popleft()
        if self._next == len(self._order):
            return []
        size = self._size()
        batch = self._order[self._next : self._next + size]
        self._next += len(batch)
        return sorted(batch)

    def fit(self, slots: int) -> None:
        """Cut what is left for so many tasks at once: workers have joined, or were lost."""
        self._slots = max(1, slots)

    def learn(self, indexes: Sequence[int], seconds: float) -> None:
        """Take note of what a task took."""
        self._pace.learn(sum(self._weights[index] or _LEAST_WEIGHT for index in indexes), seconds)

    def put_back(self, indexes: Sequence[int], parts: int = 1) -> None:
        """Take a batch back, in `parts` pieces, to be handed out before anything else."""
        size = max(1, -(-len(indexes) // parts))
        for start in range(0, len(indexes), size):
            self._again.append(list(indexes[start : start + size]))

    def _size(self) -> int:
        expected_s = self._pace.expected_s(self._weights[self._order[self._next]] or _LEAST_WEIGHT)
        left = len(self._order) - self._next
        return batch_size(
            left=left, expected_s=expected_s, slots=self._slots, count=self._count, fixed=self._fixed
        )


def batch_size(*, left: int, expected_s: float, slots: int, count: int, fixed: int | None) -> int:
    """Decide how many partitions the next batch has.

    Parameters
    ----------
    left
        Partitions that are still to be handed out.
    expected_s
        What the next one should take; 0 where nothing is known.
    slots
        How many tasks run at once.
    count
        Partitions in all.
    fixed
        A size asked for, or None.
    """
    if fixed is not None:
        return min(fixed, left)
    if not expected_s:
        return 1
    size = int(TARGET_S / expected_s)
    # the last batches get smaller, so that all workers end together, but not so small that they cost
    size = min(size, max(-(-left // (2 * slots)), int(LEAST_S / expected_s)))
    size = min(size, max(-(-left // slots), int(_SHARED_S / expected_s)))
    least = min(-(-count // MAX_SEGMENTS), int(_LONGEST_S / expected_s))
    return max(1, least, size)
