"""What the partitions of a run printed: read by partition, searched, of attempts and earlier runs too."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from jupyter_agilab.errors import PlanError, UsageError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.planning.stored import StoredPartitions
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.log_files import NOBODY, STREAMS, LogFiles, Now, log_files_in, read_index_lines
from jupyter_agilab.run.taken_over import TakenOver, taken_over

Stream = Literal["stdout", "stderr"]

_BLOCK_BYTES = 1 << 20
_AHEAD_BYTES = 1 << 14
_LONGEST_LINE_BYTES = 1 << 24
_DESCRIBED_AT_ONCE = 256
_LOOKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line that a partition printed.

    Attributes
    ----------
    index
        The partition's index in the plan of the run that was asked; None for what no partition can be named
        for.
    text
        The line without its end, as it was printed: it may hold control characters of a terminal.
    attempt
        Which try of the partition's task, from 1.
    worker, run_id
        Who printed it, and in which run: an earlier one where the result was taken over from there.
    time_s
        Seconds since the epoch when it was known to be complete; lines of one partition share it.
    """

    index: int | None
    text: str
    stream: Stream
    attempt: int
    worker: str
    run_id: str
    time_s: float


# not frozen: there may be 200,000 of them, and freezing doubles what each takes to make
@dataclass(slots=True, kw_only=True)
class PartitionLog:
    """What one attempt at a partition printed.

    Attributes
    ----------
    index, attempt, worker, run_id, time_s
        As in `LogLine`.
    partition
        The partition's id; empty where only the index is known.
    is_complete
        False while the partition is under way, and where its worker died with it.
    """

    index: int | None
    partition: str
    task: int
    attempt: int
    worker: str
    run_id: str
    time_s: float
    is_complete: bool
    spans: tuple[int, ...]
    source: LogSource

    @property
    def size_bytes(self) -> int:
        """How much it is."""
        return sum(self.spans[2::3]) - sum(self.spans[1::3])

    def text(self, stream: Stream | None = None) -> str:
        """Give all of it, in the order in which it was printed, or what went to one stream."""
        return "".join(f"{line.text}\n" for line in self.lines(stream))

    def lines(self, stream: Stream | None = None) -> Iterator[LogLine]:
        """Give its lines as they were completed, without holding all of them in memory."""
        for number, text in self.source.lines(self.spans, stream):
            yield self.line(number, text)

    def line(self, number: int, text: str) -> LogLine:
        """Make a line of this log."""
        return LogLine(
            index=self.index,
            text=text,
            stream=cast(Stream, STREAMS[number]),
            attempt=self.attempt,
            worker=self.worker,
            run_id=self.run_id,
            time_s=self.time_s,
        )


class LogSource:
    """Reads the files of one worker; opened when they are first read.

    Parameters
    ----------
    code
        The run's folder of frozen modules: warnings and logged tracebacks name those files, and the reader
        knows them by the names below it.
    """

    def __init__(self, files: LogFiles, code: Path) -> None:
        self.files = files
        self._code = f"{code}{os.sep}"
        self._open: dict[int, int] = {}
        self._ahead: dict[int, tuple[int, bytes]] = {}

    def __del__(self) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)

    def size(self, number: int) -> int:
        """Give the bytes that a stream has now; 0 where nothing was printed."""
        try:
            return self.files.stream(number).stat().st_size
        except OSError:
            return 0

    def blocks(self, number: int, start: int, end: int) -> Iterator[bytes]:
        """Read a range in pieces of a moderate size; ends early where the file does."""
        while start < end:
            block = self._read(number, start, min(end - start, _BLOCK_BYTES))
            if not block:
                return
            start += len(block)
            yield block

    def lines(self, spans: tuple[int, ...], stream: Stream | None = None) -> Iterator[tuple[int, str]]:
        """Give the lines of some spans with their stream's number; a last line need not have an end."""
        rest = {1: b"", 2: b""}
        for place in range(0, len(spans), 3):
            number, start, end = spans[place : place + 3]
            if stream is not None and STREAMS[number] != stream:
                continue
            for block in self.blocks(number, start, end):
                *whole, last = (rest[number] + block).split(b"\n")
                for line in whole:
                    yield number, self.decoded(line)
                if len(last) > _LONGEST_LINE_BYTES:
                    yield number, self.decoded(last)
                    last = b""
                rest[number] = last
        for number, last in rest.items():
            if last:
                yield number, self.decoded(last)

    def decoded(self, line: bytes) -> str:
        """Give a line as text; what is not UTF-8 is escaped."""
        return line.decode("utf-8", "backslashreplace").removesuffix("\r").replace(self._code, "")

    def _read(self, number: int, start: int, size: int) -> bytes:
        """Read what is there of a range; what partitions printed one after another comes with one look."""
        if size >= _AHEAD_BYTES:
            # it is not kept: each worker has a source
            return self._read_file(number, start, size)
        begin, ahead = self._ahead.get(number, (0, b""))
        if start < begin or start + size > begin + len(ahead):
            begin, ahead = start, self._read_file(number, start, _AHEAD_BYTES)
            self._ahead[number] = begin, ahead
        return ahead[start - begin : start - begin + size]

    def _read_file(self, number: int, start: int, size: int) -> bytes:
        try:
            if number not in self._open:
                self._open[number] = os.open(self.files.stream(number), os.O_RDONLY)
            return os.pread(self._open[number], size, start)
        except OSError:
            return b""


class RunLogs:
    """The logs of a run, as they are now; the run may still be going on.

    Parameters
    ----------
    run
        The run.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self._plan: StoredPartitions | None = None
        self._described: tuple[int, list[Partition]] = (-1, [])
        self._taken: dict[int, TakenOver] | None = None

    @property
    def taken_over(self) -> dict[int, TakenOver]:
        """Where the results come from that this run took over, by index; empty for most runs."""
        if self._taken is None:
            self._taken = taken_over(self.run)
        return self._taken

    @property
    def is_empty(self) -> bool:
        """Whether nothing was printed in this run itself."""
        return not any(source.size(number) for source in sources(self.run) for number in STREAMS)

    def partitions(self, indexes: Collection[int] | None = None) -> list[PartitionLog]:
        """Give the logs in the order of the plan, attempts in their order; last what nobody can be named for.

        Parameters
        ----------
        indexes
            The partitions that are asked for; all by default. Those that were taken over come with what they
            printed in the run that did them, where that is still there.
        """
        found = [log for source in sources(self.run) for log in _logs_of(source, self.run.run_id, indexes)]
        origins: dict[Path, dict[int, int]] = {}
        for index, origin in self.taken_over.items():
            if origin.run is not None and (indexes is None or index in indexes):
                origins.setdefault(origin.run.path, {})[origin.index] = index
        for path, there in origins.items():
            earlier = RunDirectory(path)
            for source in sources(earlier):
                for log in _logs_of(source, earlier.run_id, there):
                    found.append(replace(log, index=there[cast(int, log.index)]))
        return sorted(found, key=_in_order)

    def lines(
        self,
        indexes: Collection[int] | None = None,
        *,
        grep: str | re.Pattern[str] | None = None,
        stream: Stream | None = None,
        failed: bool = False,
    ) -> Iterator[LogLine]:
        """Give lines in the order of `partitions`, read as they are asked for.

        Parameters
        ----------
        indexes
            The partitions that are asked for; all by default.
        grep
            Only the lines in which this regular expression is found.
        stream
            Only what went to this stream.
        failed
            Only the partitions that failed for good.

        Raises
        ------
        UsageError
            The regular expression is not one.
        """
        pattern = pattern_of(grep)
        if failed:
            wanted = self.failed()
            indexes = wanted if indexes is None else wanted & set(indexes)
        return self._lines(indexes, pattern, stream)

    def failed(self) -> set[int]:
        """Give the indexes of the partitions that failed for good."""
        return {
            event["index"]
            for event in read_events(self.run.events)
            if event["type"] == "partition.failed" and event["final"]
        }

    def describe(self, index: int | None) -> str:
        """Say in a few words what a partition is; empty where the plan does not tell."""
        if index is None:
            return ""
        block = index // _DESCRIBED_AT_ONCE
        if self._described[0] != block:
            start = block * _DESCRIBED_AT_ONCE
            partitions: list[Partition] = []
            with suppress(OSError, ValueError, KeyError, PlanError):
                self._plan = self._plan or stored_partitions(self.run.path)
                partitions = list(self._plan[start : start + _DESCRIBED_AT_ONCE])
            self._described = block, partitions
        place = index % _DESCRIBED_AT_ONCE
        return self._described[1][place].describe() if place < len(self._described[1]) else ""

    def _lines(
        self, indexes: Collection[int] | None, pattern: re.Pattern[str] | None, stream: Stream | None
    ) -> Iterator[LogLine]:
        found = pattern.search if pattern else None
        for log in self.partitions(indexes):
            for number, text in log.source.lines(log.spans, stream):
                if found is None or found(text):
                    yield log.line(number, text)


def pattern_of(grep: str | re.Pattern[str] | None) -> re.Pattern[str] | None:
    """Compile a regular expression that a person typed.

    Raises
    ------
    UsageError
        It is not one.
    """
    try:
        return re.compile(grep) if isinstance(grep, str) else grep
    except re.error as error:
        raise UsageError(
            f"{grep!r} is not a regular expression: {error}",
            hint="put a backslash before characters like ( [ * + ? that are meant as they stand",
        ) from None


def sources(run: RunDirectory) -> list[LogSource]:
    """Give the logs of a run's workers, in the order of their names."""
    return [LogSource(files, run.code) for files in log_files_in(run.logs)]


def _in_order(log: PartitionLog) -> tuple[bool, int, str, int, int]:
    return log.index is None, log.index or 0, log.run_id, log.attempt, log.task


def _logs_of(source: LogSource, run_id: str, indexes: Collection[int] | None) -> list[PartitionLog]:
    """Read the logs that one worker wrote, or is writing."""
    for _ in range(_LOOKS):
        now = source.files.read_now()
        found = _logs_as_of(now, source, run_id, indexes)
        if now == source.files.read_now():
            break
        # it went on to another partition meanwhile, whose output would be taken for that of the one before
    return found


def _logs_as_of(
    now: Now, source: LogSource, run_id: str, indexes: Collection[int] | None
) -> list[PartitionLog]:
    worker = source.files.worker
    found: dict[tuple[int | None, int, int], PartitionLog] = {}

    def add(
        index: int | None, task: int, attempt: int, flat: tuple[int, ...], partition: str = "", t: float = 0.0
    ) -> PartitionLog:
        log = found.get((index, task, attempt))
        if log is None:
            log = found[index, task, attempt] = PartitionLog(
                index=index,
                partition=partition,
                task=task,
                attempt=attempt,
                worker=worker,
                run_id=run_id,
                time_s=t,
                is_complete=True,
                spans=flat,
                source=source,
            )
        else:
            log.spans += flat
            log.time_s = max(log.time_s, t)
        return log

    told = {1: 0, 2: 0}
    for line in _index_of(source.files):
        flat = tuple(line["spans"])
        for place in range(0, len(flat), 3):
            number, start, end = flat[place : place + 3]
            if start > told[number]:
                # a line of the index was lost
                add(*NOBODY, (number, told[number], start))
            told[number] = end
        if indexes is None or line["index"] in indexes:
            add(line["index"], line["task"], line["attempt"], flat, line["partition"], line["t"])
    for number, start in told.items():
        if (end := source.size(number)) > start:
            add(*now, (number, start, end)).is_complete = False
    return [log for log in found.values() if indexes is None or log.index in indexes]


def _index_of(files: LogFiles) -> Iterator[dict[str, Any]]:
    """Read an index piece by piece: all of it as Python objects would be ten times its size."""
    rest = b""
    try:
        with files.index.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                whole, _, rest = (rest + block).rpartition(b"\n")
                yield from read_index_lines(whole)
    except OSError:
        return
    # a last line without an end is torn, or being written
