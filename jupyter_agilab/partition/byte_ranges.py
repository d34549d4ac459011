"""A file-like object over some ranges of a file: the header and one partition, as if they were a file."""

from __future__ import annotations

import errno
import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MOST_BYTES = 1 << 24


class RangesReader(io.RawIOBase):
    """Reads half-open byte ranges of a file one after another; lazily, and seekable.

    Parameters
    ----------
    raw
        The file; it is closed with the reader.
    parts
        Ranges of it, and bytes that are to stand between them.

    Raises
    ------
    OSError
        The file cannot be read, or ends inside a range.
    """

    def __init__(self, raw: io.RawIOBase, parts: Sequence[tuple[int, int] | bytes]) -> None:
        super().__init__()
        self.name = getattr(raw, "name", "")
        self.mode = "rb"
        self._parts = [part for part in parts if _length(part) > 0]
        # where each part begins in what the reader sees, and where the last one ends
        self._begins = [0, *accumulate(map(_length, self._parts))]
        self._place = 0
        self._file = raw

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
        """Read up to the end of the part that the place is in."""
        if self._place >= self._begins[-1]:
            return 0
        number = bisect_right(self._begins, self._place) - 1
        part, inside = self._parts[number], self._place - self._begins[number]
        view = memoryview(buffer).cast("B")
        if isinstance(part, bytes):
            data = part[inside : inside + len(view)]
            view[: len(data)] = data
            count = len(data)
        else:
            start, stop = part
            self._file.seek(start + inside)
            count = self._file.readinto(view[: stop - start - inside])
            if not count:
                raise OSError(errno.EIO, f"{self.name} became shorter while it was read")
        self._place += count
        return count

    def readall(self) -> bytes:
        """Read all that is left, in as few steps as there are parts or so."""
        read: list[bytes] = []
        while data := self.read(min(self._begins[-1] - self._place, _MOST_BYTES)):
            read.append(data)
        return b"".join(read)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()


def _length(part: tuple[int, int] | bytes) -> int:
    return len(part) if isinstance(part, bytes) else part[1] - part[0]
