"""Which partitions can be done now: those whose predecessors are; and where their inputs lie."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

from jupyter_agilab.workflow.elements import ElementPartitions, Fed
from jupyter_agilab.workflow.model import Combine, Feed


class Located:
    """Which segments hold the results of a stage: some 4 bytes for each partition.

    Parameters
    ----------
    count
        The stage's partitions.
    """

    def __init__(self, count: int) -> None:
        self._names: list[str] = []
        self._segment = array("i", [-1]) * count

    def __len__(self) -> int:
        return len(self._segment)

    def add(self, segment: str, indexes: Iterable[int]) -> list[int]:
        """Note what a segment holds; give the indexes that were not there before."""
        number = len(self._names)
        self._names.append(segment)
        fresh = []
        for index in indexes:
            if self._segment[index] < 0:
                fresh.append(index)
            self._segment[index] = number
        return fresh

    def there(self) -> Iterator[int]:
        """Give the indexes that have a result, ascending."""
        return (index for index, number in enumerate(self._segment) if number >= 0)

    def has(self, index: int) -> bool:
        """Say whether a partition has a result."""
        return self._segment[index] >= 0

    def holding(self, indexes: Iterable[int]) -> tuple[str, ...]:
        """Name the segments that hold these results, each once."""
        numbers = dict.fromkeys(self._segment[index] for index in indexes)
        return tuple(self._names[number] for number in numbers if number >= 0)


def shape_of(
    feeds: Sequence[Feed], counts: Mapping[str, int], combine: Combine, total: int
) -> ElementPartitions:
    """Give how the partitions of a fed stage depend on others, from nothing but numbers.

    Parameters
    ----------
    counts
        Partitions of each feeding stage.
    total
        Partitions of the stage itself.
    """
    inputs = [Fed(feed.name, feed.stage, range(counts[feed.stage]), "") for feed in feeds]  # type: ignore[arg-type]  # only counted
    bare = ElementPartitions(inputs, combine, None)
    sets = total // bare.elements if bare.elements else 1
    return bare if sets == 1 else ElementPartitions(inputs, combine, range(sets))  # type: ignore[arg-type]  # only counted


class Feeding:
    """Counts, for a stage that elements feed, what its partitions still wait for.

    Parameters
    ----------
    feeds
        Its inputs that are elements.
    shape
        Which partition needs which elements.
    located
        By feeding stage, what is there already.
    """

    def __init__(
        self, feeds: Sequence[Feed], shape: ElementPartitions, located: Mapping[str, Located]
    ) -> None:
        self._feeds, self._shape, self._located = tuple(feeds), shape, located
        self._missing = bytearray([len(self._feeds)]) * len(shape)
        for place, feed in enumerate(self._feeds):
            self._take(place, located[feed.stage].there())

    def is_ready(self, index: int) -> bool:
        """Say whether all that a partition needs is there."""
        return not self._missing[index]

    def arrived(self, stage: str, indexes: Iterable[int]) -> list[int]:
        """Take note of new results of a feeding stage; give the partitions that wait for nothing any more."""
        indexes = list(indexes)
        ready: list[int] = []
        for place, feed in enumerate(self._feeds):
            if feed.stage == stage:
                ready += self._take(place, indexes)
        return ready

    def needing(self, stage: str, indexes: Iterable[int]) -> list[int]:
        """Give the partitions that need any of these results, ascending, each once."""
        found: dict[int, None] = {}
        for place, feed in enumerate(self._feeds):
            if feed.stage == stage:
                for index in indexes:
                    for those in self._shape.dependents(place, index):
                        found.update(dict.fromkeys(those))
        return sorted(found)

    def needs(self, index: int) -> Iterator[tuple[str, int]]:
        """Give the elements that a partition needs: stage, and index there."""
        return (
            (feed.stage, place) for feed, place in zip(self._feeds, self._shape.sources(index), strict=True)
        )

    def inputs(self, batch: Iterable[int]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Name, by feeding stage, the segments that hold what a batch needs."""
        sources = [self._shape.sources(index) for index in batch]
        wanted: dict[str, dict[int, None]] = {}
        for place, feed in enumerate(self._feeds):
            wanted.setdefault(feed.stage, {}).update(dict.fromkeys(each[place] for each in sources))
        return tuple((stage, self._located[stage].holding(indexes)) for stage, indexes in wanted.items())

    def _take(self, place: int, indexes: Iterable[int]) -> list[int]:
        ready, missing = [], self._missing
        for index in indexes:
            for those in self._shape.dependents(place, index):
                for each in those:
                    missing[each] -= 1
                    if not missing[each]:
                        ready.append(each)
        return ready
