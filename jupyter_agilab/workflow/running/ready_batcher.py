"""Batches of partitions that other stages feed: only of those that are ready, by what arrived together."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from jupyter_agilab.run.batching import Pace, batch_size

ANY_LANE = -1
"""Where partitions are that any replica may do."""


class ReadyBatcher:
    """Hands out partitions that are ready, those that became so together as one batch where that fits.

    Then a batch reads what one segment of the stage before holds.

    Parameters
    ----------
    pending
        Plan indexes still to do; none of them is ready yet.
    slots
        How many tasks run at once.
    fixed_size
        A batch size asked for; None lets it follow the times seen.
    lane_of
        The replica that a partition belongs to, or `ANY_LANE`.
    """

    def __init__(
        self,
        pending: Iterable[int],
        slots: int,
        fixed_size: int | None = None,
        *,
        lane_of: Callable[[int], int] = lambda index: ANY_LANE,
    ) -> None:
        self._waiting = set(pending)
        self._lane_of = lane_of
        self._queues: defaultdict[int, deque[list[int]]] = defaultdict(deque)
        self._again: defaultdict[int, deque[list[int]]] = defaultdict(deque)
        self._ready = 0
        self._slots, self._fixed, self._pace = max(1, slots), fixed_size, Pace()
        self._count = len(self._waiting)
        self.lane = ANY_LANE
        """The replica that the next batch is for."""

    def __bool__(self) -> bool:
        return bool(self._waiting or self._ready)

    @property
    def has_ready(self) -> bool:
        """Whether there is something that can be handed out now."""
        return self._ready > 0

    def lanes(self) -> list[int]:
        """Give the replicas, or `ANY_LANE`, that have something to hand out."""
        return [lane for lane in {*self._queues, *self._again} if self._queues[lane] or self._again[lane]]

    def ready(self, indexes: Iterable[int]) -> None:
        """Take note of partitions that can be done now; those that are not to be done are passed over."""
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for index in indexes:
            if index in self._waiting:
                self._waiting.remove(index)
                groups[self._lane_of(index)].append(index)
        for lane, group in groups.items():
            self._ready += len(group)
            # from its end is cut, so that the first come first
            self._queues[lane].append(group[::-1])

    def skip(self, indexes: Iterable[int]) -> list[int]:
        """Give up partitions that wait; give those that did."""
        found = [index for index in indexes if index in self._waiting]
        self._waiting.difference_update(found)
        return found

    def next(self, busy: Mapping[int, int] | None = None, room: Sequence[int] = ()) -> list[int]:
        """Give the next batch for `lane`, ascending; empty when nothing is ready for it."""
        for lane in dict.fromkeys((self.lane, ANY_LANE)):
            if self._again[lane]:
                batch = self._again[lane].popleft()
            elif self._queues[lane]:
                batch = self._cut(self._queues[lane])
            else:
                continue
            self._ready -= len(batch)
            return sorted(batch)
        return []

    def fit(self, slots: int) -> None:
        """Cut what is left for so many tasks at once."""
        self._slots = max(1, slots)

    def learn(self, indexes: Sequence[int], seconds: float) -> None:
        """Take note of what a task took."""
        self._pace.learn(float(len(indexes)), seconds)

    def put_back(self, indexes: Sequence[int], parts: int = 1) -> None:
        """Take a batch back, in `parts` pieces, to be handed out before anything else."""
        size = max(1, -(-len(indexes) // parts))
        for start in range(0, len(indexes), size):
            piece = list(indexes[start : start + size])
            self._ready += len(piece)
            self._again[self._lane_of(piece[0])].append(piece)

    def _cut(self, queue: deque[list[int]]) -> list[int]:
        size = batch_size(
            left=self._ready + len(self._waiting),
            expected_s=self._pace.expected_s(1.0),
            slots=self._slots,
            count=self._count,
            fixed=self._fixed,
        )
        batch: list[int] = []
        while queue and len(batch) < size:
            group = queue[0]
            room = size - len(batch)
            if len(group) <= room or (not batch and self._fixed is None and len(group) <= 1.5 * room > 2):
                batch += queue.popleft()
            elif not batch:
                # from its end: what is left need not be moved
                batch = group[-room:]
                del group[-room:]
            else:
                break
        return batch
