"""What each partition took and gave: columns by plan index, read from the indexes of the segments."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from jupyter_agilab.run.segments import SegmentIndex

NO_RESULT, REUSED = -1, 0
"""Values of `Measured.task` that are no task's number (those count from 1)."""

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Measured:
    """One entry for each partition of the plan; 56 bytes for each.

    ``task`` is the number of the task that gave the result, `REUSED` where an earlier run did, `NO_RESULT`
    where there is none. ``seconds`` and ``cpu_s`` are what the function took; of a reused result they tell
    about that earlier run. ``memory_bytes`` is the peak of the worker process, 0 where unknown.
    """

    task: array[int]
    seconds: array[float]
    cpu_s: array[float]
    memory_bytes: array[int]
    size_bytes: array[int]
    records: array[int]

    def __len__(self) -> int:
        return len(self.task)

    def done_here(self) -> list[int]:
        """Give the partitions that this run itself did."""
        return [index for index, task in enumerate(self.task) if task > 0]

    def largest(self, column: Sequence[Number], count: int) -> list[int]:
        """Give the partitions done here with the largest values above 0, largest first."""
        found = (index for index, task in enumerate(self.task) if task > 0 and column[index] > 0)
        return heapq.nlargest(count, found, key=column.__getitem__)


def measure(segments: Iterable[SegmentIndex], partition_count: int) -> Measured:
    """Read what is known about each partition; where two segments hold one, the first counts."""
    zeros = bytes(8 * partition_count)
    measured = Measured(
        task=array("q", [NO_RESULT]) * partition_count,
        seconds=array("d", zeros),
        cpu_s=array("d", zeros),
        memory_bytes=array("q", zeros),
        size_bytes=array("q", zeros),
        records=array("q", zeros),
    )
    for segment in segments:
        number = _task_of(segment)
        rows = zip(
            *(
                segment.indexes,
                segment.seconds,
                segment.cpu,
                segment.memory,
                segment.lengths,
                segment.records,
            ),
            strict=True,
        )
        for index, seconds, cpu_s, memory, length, records in rows:
            if not 0 <= index < partition_count or measured.task[index] != NO_RESULT:
                continue
            measured.task[index] = number
            measured.seconds[index] = seconds
            measured.cpu_s[index] = cpu_s
            measured.memory_bytes[index] = memory
            measured.size_bytes[index] = length
            measured.records[index] = records
    return measured


def _task_of(segment: SegmentIndex) -> int:
    # 000012-3cf800.index.json, or reused-….index.json
    head = segment.path.name.partition("-")[0]
    return int(head) if head.isdigit() else REUSED
