"""The results of a run in partition order, wherever they lie."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path

from jupyter_agilab.reduce.types import StoredResult
from jupyter_agilab.run.segments import SegmentIndex, read_indexes


class CollectedResults:
    """Implements `jupyter_agilab.reduce.types.Results` over segment indexes.

    Kept as flat arrays, some 30 bytes for each partition, so that a million of them fit easily. Where two
    segments hold the same partition (a task that was lost and came back), the first one counts; both must
    hold the same bytes, which `disputed` looks into.
    """

    def __init__(self, segments: Iterable[SegmentIndex], partition_count: int) -> None:
        self._segments = list(segments)
        self._segment = array("i", [-1]) * partition_count
        self._place = array("i", [0]) * partition_count
        self._offset = array("q", [0]) * partition_count
        for number, segment in enumerate(self._segments):
            if not self._take_neighbours(number, segment):
                self._take_each(number, segment)

    def _take_neighbours(self, number: int, segment: SegmentIndex) -> bool:
        """Note the results of a segment in one go, where they are neighbours and new, as they mostly are."""
        count = len(segment.indexes)
        if not count or (start := segment.indexes[0]) < 0:
            return False
        is_free = self._segment[start : start + count].count(-1) == count
        if not is_free or segment.indexes != list(range(start, start + count)):
            return False
        self._segment[start : start + count] = array("i", [number]) * count
        self._place[start : start + count] = array("i", range(count))
        self._offset[start : start + count] = array("q", accumulate(segment.lengths[:-1], initial=0))
        return True

    def _take_each(self, number: int, segment: SegmentIndex) -> None:
        offset = 0
        for place, (index, length) in enumerate(zip(segment.indexes, segment.lengths, strict=True)):
            if 0 <= index < len(self._segment) and self._segment[index] < 0:
                self._segment[index] = number
                self._place[index] = place
                self._offset[index] = offset
            offset += length

    def __len__(self) -> int:
        return len(self._segment) - self._segment.count(-1)

    def __iter__(self) -> Iterator[StoredResult]:
        for index, number in enumerate(self._segment):
            if number < 0:
                continue
            segment, place = self._segments[number], self._place[index]
            encoding, columns = segment.kinds[segment.kind[place]]
            yield StoredResult(
                index,
                segment.ids[place],
                segment.data,
                self._offset[index],
                segment.lengths[place],
                segment.records[place],
                encoding,
                columns,
            )

    def missing(self) -> list[int]:
        """Give the plan's indexes that have no result."""
        if len(self) == len(self._segment):
            return []
        return [index for index, number in enumerate(self._segment) if number < 0]

    def damaged(self) -> list[SegmentIndex]:
        """Give the segments whose data was written to since their index was read, and is not whole any more.

        Called when all results were read, it tells whether what was read is what was written.
        """
        return [
            segment for segment in self._segments if segment.was_touched() and not segment.data_is_whole()
        ]

    def disputed(self) -> list[SegmentIndex]:
        """Give the segments that hold another result for a partition than another one of them does.

        Nothing tells which of them is right. They are compared byte by byte where two hold the same
        partition.
        """
        is_once_each = len(self) == sum(len(segment.indexes) for segment in self._segments)
        return [] if is_once_each else disputed(self._segments)

    def seconds(self) -> float:
        """Give the time that the function took over all partitions."""
        return sum(sum(segment.seconds) for segment in self._segments)


def undisputed_indexes(directory: Path) -> list[SegmentIndex]:
    """Read the good indexes of a run that agree with one another; the data is not read."""
    found = list(read_indexes(directory))
    wrong = {segment.path for segment in disputed(found)}
    return [segment for segment in found if segment.path not in wrong] if wrong else found


def disputed(segments: Iterable[SegmentIndex]) -> list[SegmentIndex]:
    """Give those of a run's segments that hold another result for a partition than another one does."""
    segments = list(segments)
    if len(set().union(*(segment.indexes for segment in segments))) == sum(
        len(segment.indexes) for segment in segments
    ):
        return []
    holders: dict[int, tuple[SegmentIndex, int, int]] = {}
    found: dict[Path, SegmentIndex] = {}
    for segment in segments:
        offset = 0
        for index, length in zip(segment.indexes, segment.lengths, strict=True):
            mine = segment, offset, length
            first = holders.setdefault(index, mine)
            if first is not mine and (length != first[2] or _bytes(*first) != _bytes(*mine)):
                found |= {first[0].path: first[0], segment.path: segment}
            offset += length
    return list(found.values())


def _bytes(segment: SegmentIndex, offset: int, length: int) -> bytes | None:
    try:
        with segment.data.open("rb") as file:
            file.seek(offset)
            return file.read(length)
    except OSError:
        return None
