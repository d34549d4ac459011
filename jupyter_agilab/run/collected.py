"""The results of a run in partition order, wherever they lie."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from jupyter_agilab.reduce.types import StoredResult
from jupyter_agilab.run.segments import SegmentIndex


class CollectedResults:
    """Implements `jupyter_agilab.reduce.types.Results` over segment indexes.

    Kept as flat arrays, some 30 bytes for each partition, so that a million of them fit easily. Where two
    segments hold the same partition (a task that was lost and came back), the first one counts; both hold
    the same bytes.
    """

    def __init__(self, segments: Iterable[SegmentIndex], partition_count: int) -> None:
        self._segments = list(segments)
        self._segment = array("i", [-1]) * partition_count
        self._place = array("i", [0]) * partition_count
        self._offset = array("q", [0]) * partition_count
        for number, segment in enumerate(self._segments):
            offset = 0
            for place, (index, length) in enumerate(zip(segment.indexes, segment.lengths, strict=True)):
                if 0 <= index < partition_count and self._segment[index] < 0:
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
        return [index for index, number in enumerate(self._segment) if number < 0]

    def seconds(self) -> float:
        """Give the time that the function took over all partitions."""
        return sum(sum(segment.seconds) for segment in self._segments)
