"""The ends of what partitions printed: of failed ones, and of those that printed most."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass, replace

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.logs import PartitionLog, RunLogs, Stream

TAIL_BYTES = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTail:
    """The end of what one attempt at a partition printed, as lines with their streams.

    ``size_bytes`` is how much it printed in all; ``is_cut`` says whether the beginning is left out.
    """

    index: int
    attempt: int
    size_bytes: int
    is_cut: bool
    lines: tuple[tuple[Stream, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTails:
    """The tails that were kept; ``partitions`` printed something, ``size_bytes`` in all."""

    failed: tuple[LogTail, ...]
    noisiest: tuple[LogTail, ...]
    partitions: int
    size_bytes: int


def read_tails(run: RunDirectory, failed: Collection[int], count: int) -> LogTails:
    """Read the ends of the logs of `failed`, each one's last attempt, and of the `count` noisiest others."""
    last: dict[int, PartitionLog] = {}
    total = 0
    for log in RunLogs(run).partitions():
        total += log.size_bytes
        if log.index is not None and log.size_bytes:
            # in the order of attempts: the last one counts
            last[log.index] = log
    others = (log for index, log in last.items() if index not in failed)
    return LogTails(
        failed=tuple(_tail(last[index]) for index in failed if index in last),
        noisiest=tuple(map(_tail, heapq.nlargest(count, others, key=lambda log: log.size_bytes))),
        partitions=len(last),
        size_bytes=total,
    )


def _tail(log: PartitionLog) -> LogTail:
    spans: list[int] = []
    left = TAIL_BYTES
    for place in range(len(log.spans) - 3, -1, -3):
        number, start, end = log.spans[place : place + 3]
        begin = max(start, end - left)
        spans[:0] = (number, begin, end)
        left -= end - begin
        if left <= 0:
            break
    shown = replace(log, spans=tuple(spans))
    return LogTail(
        index=log.index or 0,
        attempt=log.attempt,
        size_bytes=log.size_bytes,
        is_cut=shown.size_bytes < log.size_bytes,
        lines=tuple((line.stream, line.text) for line in shown.lines()),
    )
