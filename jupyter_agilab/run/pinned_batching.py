"""Batches where partitions are pinned: one never holds partitions of two pins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from jupyter_agilab.planning.pins import NOT_PINNED
from jupyter_agilab.run.batching import Batcher, Pace


class PinnedBatcher:
    """Hands out what is pinned while its worker can take it, and then what any worker may do.

    Parameters
    ----------
    weights, pending, fixed_size
        As of `Batcher`.
    slots
        How many tasks run at once in all.
    pins
        By plan index: the target's place, or `NOT_PINNED`.
    room
        How many tasks the workers of each target can have at once.
    """

    def __init__(
        self,
        weights: Sequence[float],
        pending: Iterable[int],
        slots: int,
        fixed_size: int | None,
        *,
        pins: Sequence[int],
        room: Sequence[int],
    ) -> None:
        self._pins = pins
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for index in pending:
            groups[pins[index]].append(index)
        count, pace = sum(map(len, groups.values())), Pace()
        self._groups = {
            place: Batcher(
                weights,
                indexes,
                slots if place == NOT_PINNED else max(1, room[place]),
                fixed_size,
                pace=pace,
                of=count,
            )
            for place, indexes in groups.items()
        }

    def __bool__(self) -> bool:
        return any(self._groups.values())

    def fit(self, slots: int) -> None:
        """Cut what no worker is named for, and is left, for so many tasks at once."""
        if NOT_PINNED in self._groups:
            self._groups[NOT_PINNED].fit(slots)

    def next(self, busy: Mapping[int, int] | None = None, room: Sequence[int] = ()) -> list[int]:
        """Give the next batch, ascending; empty when there is none that anybody could take now.

        Parameters
        ----------
        busy, room
            How many tasks of each target are under way, and how many there can be, by its place.
        """
        busy = busy or {}
        free = [
            (busy.get(place, 0) / room[place], -len(batcher), place)
            for place, batcher in self._groups.items()
            if place != NOT_PINNED and batcher and busy.get(place, 0) < room[place]
        ]
        # the worker that is least busy, of those the one with most left
        place = min(free)[2] if free else NOT_PINNED
        batcher = self._groups.get(place)
        return batcher.next() if batcher is not None else []

    def learn(self, indexes: Sequence[int], seconds: float) -> None:
        """Take note of what a task took."""
        if indexes:
            self._groups[self._pins[indexes[0]]].learn(indexes, seconds)

    def put_back(self, indexes: Sequence[int], parts: int = 1) -> None:
        """Take a batch back, in `parts` pieces, to be handed out before anything else of its pin."""
        if indexes:
            self._groups[self._pins[indexes[0]]].put_back(indexes, parts)

    def waiting(self) -> list[int]:
        """Give the targets, by their places, that have partitions left."""
        return [place for place, batcher in self._groups.items() if place != NOT_PINNED and batcher]
