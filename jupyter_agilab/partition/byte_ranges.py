"""A file-like object over some ranges of a file: the header and one partition, as if they were a file."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.errors import AgilabError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class RangesReader(io.RawIOBase):
    """Reads half-open byte ranges of a file one after another; lazily, and seekable.

    Raises
    ------
    OSError
        The file cannot be opened.
    AgilabError
        The file is shorter than the ranges: it changed since it was planned.
    """

    def __init__(self, path: Path, ranges: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self.name = str(path)
        self.mode = "rb"
        self._ranges = [(start, stop) for start, stop in ranges if stop > start]
        # where each range begins in what the reader sees, and where the last one ends
        self._begins = [0, *accumulate(stop - start for start, stop in self._ranges)]
        self._place = 0
        self._file = io.FileIO(path)
        if self._ranges and os.fstat(self._file.fileno()).st_size < max(stop for _, stop in self._ranges):
            self._file.close()
            raise AgilabError(f"{path} is shorter than when it was planned", hint="plan and run again")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that one can go back."""
        return True

    def tell(self) -> int:
        """Give the place in what the reader sees, in bytes."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place in what the reader sees; gives it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._begins[-1]}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._place = base + offset
        return self._place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read up to the end of the range that the place is in."""
        if self._place >= self._begins[-1]:
            return 0
        number = bisect_right(self._begins, self._place) - 1
        start, stop = self._ranges[number]
        place = start + self._place - self._begins[number]
        self._file.seek(place)
        count = self._file.readinto(memoryview(buffer).cast("B")[: stop - place])
        self._place += count
        return count

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()
