"""Cutting one file of records into byte ranges that end where records end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Protocol

from jupyter_agilab.partition.heads import BOM
from jupyter_agilab.partition.slices import Pieces
from jupyter_agilab.partition.source import ByteFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Records(Protocol):
    """Where the records of a format begin and end; positions are bytes from the file's start."""

    @property
    def looks_back(self) -> bool:
        """Whether `next_start` may read far before the place that it is asked about."""
        ...

    def header_end(self, file: ByteFile) -> int:
        """Give the place after the header; 0 where there is none."""
        ...

    def content_start(self, file: ByteFile, start: int) -> int:
        """Give the place of the first record at or after `start`, the place after the header."""
        ...

    def next_start(self, file: ByteFile, wanted: int, known: int) -> int:
        """Give the first beginning of a record at or after `wanted`, knowing that one begins at `known`."""
        ...

    def ends(self, file: ByteFile, start: int) -> Iterator[NDArray[np.int64]]:
        """Yield the places after each record from `start` on, in order, in arrays."""
        ...


class RecordCutter:
    """Cuts one file; reads only what it must, a slab at a time."""

    def __init__(self, open_file: Callable[[], ByteFile], records: Records) -> None:
        self._open = open_file
        self._records = records
        self._rows = -1
        # (records before, where the next one begins), one per slab
        self._known: list[tuple[int, int]] = []

    def by_size(self, wanted: int) -> Pieces:
        """Cut into at most `wanted` pieces of near equal length, each of which holds a record."""
        with self._open() as file:
            header = self._records.header_end(file)
            first = self._records.content_start(file, header)
            bounds, known = [header], first
            for number in range(1, wanted):
                place = first + (file.size - first) * number // wanted
                if place <= known:
                    continue
                known = self._next_start(file, place, known)
                # a mark inside a file (two were joined) would be taken for a range's own
                while known < file.size and file.read(known, known + len(BOM)) == BOM:
                    known = self._next_start(file, known + 1, known)
                if known >= file.size:
                    break
                bounds.append(known)
            return self._pieces(file, [*bounds, file.size], header)

    def row_count(self) -> int:
        """Count the records by reading the file once."""
        if self._rows < 0:
            rows = 0
            with self._open() as file:
                start = self._records.content_start(file, self._records.header_end(file))
                self._known.append((0, start))
                for ends in self._records.ends(file, start):
                    if ends.size:
                        rows += int(ends.size)
                        self._known.append((rows, int(ends[-1])))
            self._rows = rows
        return self._rows

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Cut at record numbers, which begin with 0 and end with the number of records."""
        self.row_count()
        with self._open() as file:
            header = self._records.header_end(file)
            inner = list(self._places(file, bounds[1:-1]))
            return self._pieces(file, [header, *inner, file.size], header)

    def _places(self, file: ByteFile, rows: list[int]) -> Iterator[int]:
        """Yield where each of some records ends, by the number of records up to it; numbers rise."""
        counts = [count for count, _ in self._known]
        for slab, numbers in groupby(rows, key=lambda row: bisect_right(counts, row) - 1):
            before, start = self._known[slab]
            arrays = self._records.ends(file, start)
            ends: list[int] = []
            for number in numbers:
                end = start
                if number > before:
                    while number > before + len(ends):
                        before += len(ends)
                        ends = next(arrays).tolist()
                    end = ends[number - before - 1]
                # blank lines go to the record before them
                yield self._records.content_start(file, end)

    def _next_start(self, file: ByteFile, wanted: int, known: int) -> int:
        if not (self._records.looks_back and file.frames is not None):
            return self._records.next_start(file, wanted, known)
        # looking back would decompress the same frames again and again
        for ends in self._records.ends(file, known):
            after = ends[ends >= wanted]
            for end in after[:1].tolist():
                return self._records.content_start(file, end)
        return file.size

    @staticmethod
    def _pieces(file: ByteFile, bounds: list[int], header: int) -> Pieces:
        if len(bounds) <= 2:
            return Pieces("file", (0, file.size))
        if file.frames is None:
            return Pieces("bytes", bounds, header)
        details = [file.frames.described(header, start, stop) for start, stop in pairwise(bounds)]
        return Pieces("bytes", bounds, header, details)
