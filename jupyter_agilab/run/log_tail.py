"""The newest lines of a run's logs while it goes on: cheap to ask for, however much is printed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.log_files import STREAMS, Now, log_files_in, read_index_lines
from jupyter_agilab.run.logs import LogLine, LogSource, Stream

_INDEX_BYTES = 1 << 18
_TAIL_BYTES = 1 << 16

_Who = tuple[int | None, int]


@dataclass(slots=True)
class _Unfinished:
    """The beginning of a line, and whose it is: index and attempt."""

    who: _Who = (None, 0)
    text: bytes = b""


class LogFollower:
    """Gives the lines that have come since the last look, each worker's in the order in which they came.

    Parameters
    ----------
    run
        The run; it may have ended, or not have begun.
    most_bytes
        How much of each worker's output is read at a look; older output is passed over. None reads it all.
    """

    def __init__(self, run: RunDirectory, most_bytes: int | None = None) -> None:
        self._run = run
        self._most = most_bytes
        self._workers: dict[str, _Following] = {}

    def poll(self) -> list[LogLine]:
        """Give the new lines; does not block."""
        for files in log_files_in(self._run.logs):
            if files.base.name not in self._workers:
                following = _Following(LogSource(files, self._run.code), self._run.run_id, self._most)
                self._workers[files.base.name] = following
        found = [line for worker in self._workers.values() for line in worker.poll()]
        return sorted(found, key=lambda line: line.time_s)

    def unfinished(self) -> list[LogLine]:
        """Give the lines that have begun and not ended, as progress bars have."""
        return [line for worker in self._workers.values() for line in worker.unfinished()]


class LogTail:
    """The last lines of all partitions, for displays.

    Parameters
    ----------
    lines
        How many are kept.
    """

    def __init__(self, run: RunDirectory, lines: int = 20) -> None:
        self._follower = LogFollower(run, _TAIL_BYTES)
        self._kept: deque[LogLine] = deque(maxlen=lines)

    def poll(self) -> tuple[LogLine, ...]:
        """Give the last lines as they are now, the newest last; reads only what is new, does not block."""
        self._kept.extend(self._follower.poll())
        shown = [*self._kept, *self._follower.unfinished()]
        return tuple(shown[-(self._kept.maxlen or 0) :])


@dataclass(slots=True)
class _Following:
    """One worker's files, as far as they were read."""

    source: LogSource
    run_id: str
    most: int | None
    index_read: int = 0
    seen: dict[int, int] = field(default_factory=lambda: {1: 0, 2: 0})
    rest: dict[int, _Unfinished] = field(default_factory=lambda: {1: _Unfinished(), 2: _Unfinished()})
    sizes: tuple[int, int, int] = (-1, -1, -1)

    def poll(self) -> Iterator[LogLine]:
        sizes = (self._index_size(), self.source.size(1), self.source.size(2))
        now = self.source.files.read_now()
        if sizes == self.sizes and not any(held.text for held in self.rest.values()):
            return
        self.sizes = sizes
        for line in self._new_index_lines(sizes[0]):
            flat = line["spans"]
            for place in range(0, len(flat), 3):
                number, start, end = flat[place : place + 3]
                yield from self._feed((line["index"], line["attempt"]), number, start, end, line["t"])
        # what the index does not tell yet is that of the partition which prints now, if it still does
        if now == self.source.files.read_now() and self._index_size() == sizes[0]:
            for number in STREAMS:
                who = (now[0], now[2])
                yield from self._feed(who, number, self.seen[number], sizes[number], time.time())
            yield from self._ended(now)

    def unfinished(self) -> Iterator[LogLine]:
        for number, held in self.rest.items():
            if held.text:
                yield self._line(held.who, number, held.text, time.time())

    def _index_size(self) -> int:
        try:
            return self.source.files.index.stat().st_size
        except OSError:
            return 0

    def _new_index_lines(self, size: int) -> list[dict[str, Any]]:
        if size <= self.index_read:
            return []
        start = self.index_read
        if self.most is not None:
            start = max(start, size - _INDEX_BYTES)
        with self.source.files.index.open("rb") as file:
            file.seek(start)
            data = file.read(size - start)
        if start > self.index_read:
            # begins in the middle of a line
            begin = data.find(b"\n") + 1
            start, data = start + begin, data[begin:]
        whole = data.rfind(b"\n") + 1
        self.index_read = start + whole
        return read_index_lines(data[:whole])

    def _feed(self, who: _Who, number: int, start: int, end: int, time_s: float) -> Iterator[LogLine]:
        start = max(start, self.seen[number])
        if end <= start:
            return
        held = self.rest[number]
        if held.who != who:
            if held.text:
                yield self._line(held.who, number, held.text, time_s)
            held.who, held.text = who, b""
        if self.most is not None and end - start > self.most:
            start = end - self.most
            held.text = b""
        self.seen[number] = end
        for block in self.source.blocks(number, start, end):
            *whole, held.text = (held.text + block).split(b"\n")
            for line in whole:
                yield self._line(who, number, line, time_s)

    def _ended(self, now: Now) -> Iterator[LogLine]:
        """Give the last lines, without an end, of partitions that are over."""
        for number, held in self.rest.items():
            if held.text and held.who != (now[0], now[2]):
                text, held.text = held.text, b""
                yield self._line(held.who, number, text, time.time())

    def _line(self, who: _Who, number: int, text: bytes, time_s: float) -> LogLine:
        return LogLine(
            index=who[0],
            text=self.source.decoded(text),
            stream=cast(Stream, STREAMS[number]),
            attempt=who[1],
            worker=self.source.files.worker,
            run_id=self.run_id,
            time_s=time_s,
        )
