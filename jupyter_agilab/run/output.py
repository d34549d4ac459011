"""What a partition prints goes to that partition's log, also when many run in threads of one process.

A worker's log is two files that grow, one per stream, and an index that says whose bytes they are (see
`jupyter_agilab.run.log_files`). Lines are in the file when ``print`` returns, so they are there also when the
process is killed in the next moment, and a partition that prints a gigabyte takes no memory.

A worker that has its process for itself also lends its descriptors 1 and 2 to the log while it works on a
task: what C code, ``os.write`` and other programs print comes to the same files in the same order.
"""

from __future__ import annotations

import faulthandler
import io
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from jupyter_agilab.run import routing
from jupyter_agilab.run.fresh_warnings import Seen, renew_warnings, show_per_partition
from jupyter_agilab.run.log_files import NOBODY, STDERR, STDOUT, LogFiles, index_line, packed_now
from jupyter_agilab.run.routing import Place

_MOST_SPANS = 3 * 2000
_NOBODY = packed_now(*NOBODY)


class WorkerLog:
    """The log of one worker: a process, or one of several threads that run tasks in a process.

    Parameters
    ----------
    directory
        The run's ``logs``; made when needed.
    worker
        The worker's name.
    alone
        Whether nothing else runs in this process, so that it can have the descriptors.
    """

    def __init__(self, directory: Path, worker: str, *, alone: bool) -> None:
        self._directory, self._worker, self.alone = directory, worker, alone
        safe = re.sub(r"[^\w.+-]", "_", worker)[:80]
        # a worker that is started again may have the same name
        self._files = LogFiles(directory / f"{safe}-{os.urandom(3).hex()}")
        self.pid = os.getpid()
        self.place: Place | None = None
        self._task = self._attempt = 0
        self._lock = threading.RLock()
        self._text: dict[int, io.TextIOWrapper] = {}
        self._descriptors: tuple[tuple[int, int], ...] = ()
        self._sizes = {STDOUT: 0, STDERR: 0}
        self._index = self._now = -1
        self._at: Place | None = None
        self._last = 0
        self._spans: list[int] = []
        self._has_text = self._is_attached = self._is_torn = False
        self._saved: dict[int, int | None] = {}
        self._error: OSError | None = None

    def __del__(self) -> None:
        self._close()

    def is_for(self, directory: Path, worker: str, *, alone: bool) -> bool:
        """Say whether this log is the one of that worker in that run, and not a forked copy of it."""
        return (directory, worker, alone, os.getpid()) == (
            self._directory,
            self._worker,
            self.alone,
            self.pid,
        )

    @contextmanager
    def taking(self, task: int, attempt: int) -> Iterator[None]:
        """Take what this thread, and in a process of its own all of it, prints while the block runs."""
        self._task, self._attempt, self._error = task, attempt, None
        routing.install()
        if self.alone:
            self._take_descriptors()
            if threading.current_thread() is threading.main_thread():
                routing.own_strangers(self)
        else:
            show_per_partition(_warned_here)
        self._is_attached = True
        try:
            yield
        finally:
            self._is_attached = False
            if self.alone:
                routing.own_strangers(None)
            routing.local.place = self.place = None
            with self._lock:
                self._credit(None)
                self._write(self._now, _NOBODY, at_start=True)
                self._return_descriptors()
                if not self.alone:
                    self._close()

    def start(self, index: int, partition: str) -> None:
        """Say whose output comes now."""
        place = Place(self, index, partition, self._task, self._attempt)
        if self._text:
            with self._lock:
                self._credit(place)
                try:
                    os.pwrite(self._now, packed_now(index, self._task, self._attempt), 0)
                except OSError as error:
                    self._lose(error)
        self.place = routing.local.place = place
        renew_warnings()
        if self.alone:
            routing.reinstate()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Let threads that are started in the block print for whichever partition is at work then."""
        routing.local.is_loading = True
        try:
            yield
        finally:
            routing.local.is_loading = False
            routing.inherit_in_pools()

    def check(self) -> None:
        """Raise what went wrong with the log in the last task.

        Raises
        ------
        OSError
            Something that was printed could not be written (disk full, directory gone): not the author's
            error, who only printed.
        """
        if self._error is not None:
            raise self._error

    def write(self, place: Place, number: int, text: str) -> int:
        """Take text of a stream for a partition; it is in the file when its line is complete."""
        if _is_copy(self):
            # what a copy writes counts as the original's, which sees the files grow
            if number in self._text:
                self._text[number].write(text)
            return len(text)
        with self._lock:
            if self._is_ready(place, number):
                try:
                    self._text[number].write(text)
                except (OSError, ValueError) as error:
                    self._lose(error)
                if not self._is_attached:
                    self._settle()
        return len(text)

    def write_bytes(self, place: Place, number: int, data: bytes) -> int:
        """Take bytes of a stream for a partition."""
        if _is_copy(self):
            if number in self._text:
                _write_bytes(self._text[number], data)
            return len(data)
        with self._lock:
            if self._is_ready(place, number):
                try:
                    _write_bytes(self._text[number], data)
                except (OSError, ValueError) as error:
                    self._lose(error)
                if not self._is_attached:
                    self._settle()
        return len(data)

    def flush(self, number: int) -> None:
        """Let an unfinished line reach the file too."""
        stream = self._text.get(number)
        if stream is not None:
            try:
                stream.flush()
            except (OSError, ValueError) as error:
                self._lose(error)

    def before_fork(self) -> None:
        """Make sure that a copy of this process finds the files open, free, and nothing to write twice."""
        self._lock.acquire()
        self._open()
        self.flush(STDOUT)
        self.flush(STDERR)

    def after_fork(self) -> None:
        """Go on, in the original and in the copy."""
        self._lock.release()

    def _is_ready(self, place: Place, number: int) -> bool:
        """Get ready for text of a stream for a partition; False where it cannot be written any more."""
        if self._error is not None:
            return False
        if place is not self._at or number != self._last or not self._text:
            self._open()
            if number not in self._text:
                return False
            if place is not self._at:
                self._credit(place)
            else:
                self._mark()
            self._last = number
        self._has_text = True
        return True

    def _open(self) -> None:
        if self._text or self._error is not None:
            return
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            for number in (STDOUT, STDERR):
                file = os.open(self._files.stream(number), flags, 0o666)
                self._text[number] = io.TextIOWrapper(
                    io.BufferedWriter(io.FileIO(file, "a")),
                    encoding="utf-8",
                    errors="backslashreplace",
                    newline="\n",
                    line_buffering=True,
                )
                self._sizes[number] = os.lseek(file, 0, os.SEEK_END)
                self._descriptors += ((number, file),)
            self._index = os.open(self._files.index, flags, 0o666)
            self._now = os.open(self._files.now, os.O_WRONLY | os.O_CREAT, 0o666)
        except OSError as error:
            self._lose(error)
            self._close()
            return
        self._at, self._last = self.place, 0
        place = self.place
        now = _NOBODY if place is None else packed_now(place.index, place.task, place.attempt)
        self._write(self._now, now, at_start=True)

    def _close(self) -> None:
        for stream in self._text.values():
            with suppress(OSError, ValueError):
                stream.close()
        self._text, self._descriptors = {}, ()
        for descriptor in (self._index, self._now):
            if descriptor >= 0:
                with suppress(OSError):
                    os.close(descriptor)
        self._index = self._now = -1

    def _settle(self) -> None:
        """Write down at once what came after the task, from a thread that outlives it."""
        self._credit(None)
        if not self.alone:
            self._close()

    def _credit(self, place: Place | None) -> None:
        """Write down whose the output so far is; what comes now is that of `place`."""
        self._mark()
        if self._spans:
            self._tell()
        self._at, self._last = place, 0

    def _mark(self) -> None:
        """Note how far the files have grown, as output of the partition that they were at."""
        if self._has_text:
            self._has_text = False
            self.flush(STDOUT)
            self.flush(STDERR)
        for number, descriptor in self._descriptors:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            if size > self._sizes[number]:
                self._spans += (number, self._sizes[number], size)
                self._sizes[number] = size
        if len(self._spans) > _MOST_SPANS:
            self._tell()

    def _tell(self) -> None:
        place = self._at
        if place is None:
            place = Place(self, None, "", self._task, self._attempt)
        line = index_line(place.index, place.partition, place.task, place.attempt, time.time(), self._spans)
        # after a line that the disk had no room for, in part at least
        self._write(self._index, b"\n" + line if self._is_torn else line)
        self._spans = []

    def _write(self, descriptor: int, data: bytes, *, at_start: bool = False) -> None:
        if descriptor < 0:
            return
        try:
            if at_start:
                os.pwrite(descriptor, data, 0)
                return
            while data:
                data = data[os.write(descriptor, data) :]
            self._is_torn = False
        except OSError as error:
            self._is_torn = not at_start
            self._lose(error)

    def _lose(self, error: Exception) -> None:
        self._error = error if isinstance(error, OSError) else OSError(f"the log was closed: {error}")

    def _take_descriptors(self) -> None:
        while _retired:
            os.close(_retired.pop())
        self._open()
        for number, stream in self._text.items():
            with suppress(OSError):
                # what was meant for the process's own output stays there
                getattr(routing.streams[number].outside(), "flush", _nothing)()
            try:
                saved: int | None = os.dup(number)
            except OSError:
                saved = None
            self._saved[number] = saved
            os.dup2(stream.fileno(), number)
            if saved is not None:
                routing.through[number] = _unbuffered(saved)
        if not faulthandler.is_enabled():
            # a crash then says in the partition's log where it happened
            faulthandler.enable(STDERR)

    def _return_descriptors(self) -> None:
        for number, saved in self._saved.items():
            routing.through.pop(number, None)
            if saved is None:
                os.close(number)
            else:
                os.dup2(saved, number)
                _retired.append(saved)
        self._saved = {}


def worker_log(directory: Path, worker: str, *, alone: bool, most: int = 1) -> WorkerLog:
    """Give the calling thread's log in a run; the same one each time, so that files stay few.

    `most` is of how many runs, which take turns, logs are kept open.
    """
    logs: dict[Path, WorkerLog] = _kept.__dict__.setdefault("logs", {})
    log = logs.pop(directory, None)
    if log is None or not log.is_for(directory, worker, alone=alone):
        log = WorkerLog(directory, worker, alone=alone)
    # the one that was used last comes last
    logs[directory] = log
    while len(logs) > most:
        del logs[next(iter(logs))]
    return log


_kept = threading.local()
_retired: list[int] = []
"""Copies of descriptors that another thread may be writing to at this moment; closed at the next task."""
_copies = False


def _is_copy(log: WorkerLog) -> bool:
    return _copies and log.pid != os.getpid()


def _note_copy() -> None:
    global _copies  # noqa: PLW0603  # true in every forked copy from then on
    _copies = True


os.register_at_fork(after_in_child=_note_copy)


def _warned_here() -> Seen | None:
    place = routing.place_here()
    if place is None:
        return None
    if place.warned is None:
        place.warned = set()
    warned: Seen = place.warned
    return warned


def _write_bytes(stream: io.TextIOWrapper, data: bytes) -> None:
    stream.flush()
    stream.buffer.write(data)
    stream.buffer.flush()


def _unbuffered(descriptor: int) -> TextIO:
    raw = io.FileIO(descriptor, "a", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def _nothing() -> None:
    pass
