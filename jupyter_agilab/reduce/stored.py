"""Stored results read back from segment files: neighbours in one go, whatever their number and size."""

from __future__ import annotations

import errno
import io
import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce.types import StoredResult

BLOCK_BYTES = 1 << 18
"""Read at a time, where bytes pass through this process; larger blocks leave the processor's cache."""

SPAN_BYTES = 256 << 20
"""Longest span, so that progress is told and a stop is noticed while much is copied."""

_KERNEL_COPY_BYTES = 1 << 16
"""From here on a copy inside the kernel is quicker than reading and writing."""

_OPEN_FILES = 64


@dataclass(frozen=True, slots=True)
class Span:
    """Results that lie one after the other in one segment file; ``count`` of them."""

    path: Path
    offset: int
    length: int
    count: int


def spans(results: Iterable[StoredResult]) -> Iterator[Span]:
    """Join neighbours that lie contiguously in one segment file; results without bytes are counted only.

    The spans' counts add up to the number of results. A span is cut once it is longer than `SPAN_BYTES`; a
    single result is never cut.
    """
    path: Path | None = None
    start = stop = count = 0
    for result in results:
        if result.length == 0:
            count += 1
            continue
        is_same_file = result.path is path or result.path == path  # comparing paths is slow
        if path is None or stop != result.offset or not is_same_file or stop - start >= SPAN_BYTES:
            if path is not None:
                yield Span(path, start, stop - start, count)
                count = 0
            path, start = result.path, result.offset
        stop = result.offset + result.length
        count += 1
    if path is not None:
        yield Span(path, start, stop - start, count)
    elif count:
        yield Span(Path(), 0, 0, count)


class SegmentFiles:
    """Open segment files, the last used ones kept open; a context manager that closes them."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, io.FileIO] = OrderedDict()
        self._copies_in_kernel = hasattr(os, "copy_file_range")

    def __enter__(self) -> SegmentFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()

    def _file(self, path: Path) -> io.FileIO:
        file = self._open.get(path)
        if file is not None:
            self._open.move_to_end(path)
            return file
        try:
            file = io.FileIO(path)
        except OSError as error:
            raise _unreadable(path, error.strerror or str(error)) from error
        if len(self._open) >= _OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        self._open[path] = file
        return file

    def read(self, path: Path, offset: int, length: int) -> bytes:
        """Read exactly `length` bytes.

        Raises
        ------
        ReduceError
            The segment file is gone or ends too early.
        """
        if length == 0:
            return b""
        file = self._file(path)
        file.seek(offset)
        data = file.read(length)
        while len(data) < length:  # one read gives at most 2 GiB
            more = file.read(length - len(data))
            if not more:
                raise _too_short(path)
            data += more
        return data

    def blocks(self, span: Span) -> Iterator[bytes]:
        """Read a span in blocks of at most `BLOCK_BYTES`."""
        for offset in range(span.offset, span.offset + span.length, BLOCK_BYTES):
            yield self.read(span.path, offset, min(BLOCK_BYTES, span.offset + span.length - offset))

    def each(self, results: Iterable[StoredResult]) -> Iterator[tuple[StoredResult, bytes]]:
        """Give every result with its bytes, in order; small neighbours are read together."""
        waiting: list[StoredResult] = []
        start = stop = 0
        for result in results:
            adjoins = waiting and result.offset == stop and stop + result.length - start <= BLOCK_BYTES
            is_same_file = waiting and (result.path is waiting[0].path or result.path == waiting[0].path)
            if waiting and not (adjoins and is_same_file):
                yield from self._split(waiting, start, stop)
                waiting = []
            if not waiting:
                start = result.offset
            stop = result.offset + result.length
            waiting.append(result)
        yield from self._split(waiting, start, stop)

    def _split(
        self, waiting: list[StoredResult], start: int, stop: int
    ) -> Iterator[tuple[StoredResult, bytes]]:
        if len(waiting) == 1:
            yield waiting[0], self.read(waiting[0].path, start, stop - start)
            return
        block = self.read(waiting[0].path, start, stop - start) if waiting else b""
        for result in waiting:
            at = result.offset - start
            yield result, block[at : at + result.length]

    def open(self, part: Span | StoredResult) -> BinaryIO:
        """Open a span or a result as a stream of its own, valid until the next call of any method."""
        size = max(1, min(BLOCK_BYTES, part.length))
        return io.BufferedReader(_Part(self._file(part.path), part.path, part.offset, part.length), size)

    def copy(self, span: Span, out: io.BufferedWriter) -> None:
        """Append a span to `out`, inside the kernel where the system and the files allow it."""
        copied = 0
        if self._copies_in_kernel and span.length >= _KERNEL_COPY_BYTES:
            copied = self._copy_in_kernel(span, out)
        rest = Span(span.path, span.offset + copied, span.length - copied, 0)
        for block in self.blocks(rest):
            out.write(block)

    def _copy_in_kernel(self, span: Span, out: io.BufferedWriter) -> int:
        source = self._file(span.path).fileno()
        try:
            target = out.fileno()
        except OSError:  # io.UnsupportedOperation: not a file of the system
            self._copies_in_kernel = False
            return 0
        out.flush()
        copied = 0
        try:
            while copied < span.length:
                step = os.copy_file_range(source, target, span.length - copied, span.offset + copied)
                if step == 0:
                    break  # the file ends too early, or its file system cannot tell: reading will find out
                copied += step
        except OSError as error:
            if error.errno in _NOT_THERE_OR_FULL:
                raise
            self._copies_in_kernel = False
        with suppress(OSError):  # a pipe has no position
            out.seek(0, os.SEEK_END)
        return copied


_NOT_THERE_OR_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class _Part(io.RawIOBase):
    """Some bytes of a file that others read as well."""

    def __init__(self, file: io.FileIO, path: Path, offset: int, length: int) -> None:
        self._file = file
        self._path = path
        self._at = offset
        self._stop = offset + length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed allows any buffer
        view = memoryview(buffer)[: self._stop - self._at]
        if not view:
            return 0
        self._file.seek(self._at)
        count = self._file.readinto(view) or 0
        if count == 0:
            raise _too_short(self._path)
        self._at += count
        return count


def _unreadable(path: Path, why: str) -> ReduceError:
    return ReduceError(
        f"the stored results in {path} cannot be read: {why}",
        hint="Run the contract again: partitions whose results are gone are computed anew.",
    )


def _too_short(path: Path) -> ReduceError:
    return _unreadable(path, "the file is shorter than its index says")


def place_of(result: StoredResult) -> str:
    """Name a partition in an error of a reducer."""
    return f"partition {result.index} ({result.partition})"
