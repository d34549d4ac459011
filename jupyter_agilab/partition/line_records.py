r"""Records that are lines: JSON lines and plain text.

A line ends with ``\n`` here, also where it is ``\r\n``. A lone ``\r`` never ends one: inside JSON it is white
space, and a program that reads bytes does not take it for a line end either. So every cut is right for every
reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from jupyter_agilab.partition.heads import BOM
from jupyter_agilab.partition.source import ByteFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST_WINDOW_BYTES = 4_096
_SLAB_BYTES = 1 << 20


class LineRecords:
    """Where the lines of a file begin and end.

    Parameters
    ----------
    blank_counts
        Whether an empty line is a record of its own (plain text), or nothing (JSON lines).
    """

    looks_back: Final = False

    def __init__(self, *, blank_counts: bool) -> None:
        self._blank_counts = blank_counts

    def header_end(self, file: ByteFile) -> int:
        """Give where the records begin: lines have no header."""
        del file
        return 0

    def content_start(self, file: ByteFile, start: int) -> int:
        """Give the position of the first record at or after `start`, a line's beginning."""
        start = start or after_bom(file)
        return start if self._blank_counts else skip_line_ends(file, start)

    def next_start(self, file: ByteFile, wanted: int, known: int) -> int:
        """Give the first beginning of a record at or after `wanted`, the file's size where there is none."""
        del known
        for position, part in file.windows(max(wanted - 1, 0), _FIRST_WINDOW_BYTES, _SLAB_BYTES):
            found = part.find(b"\n")
            if found >= 0:
                end = position + found + 1
                return end if self._blank_counts else skip_line_ends(file, end)
        return file.size

    def ends(self, file: ByteFile, start: int) -> Iterator[NDArray[np.int64]]:
        """Yield the positions after each record from `start` on, in order, one array per slab read."""
        import numpy as np

        begun = start
        for position, part in file.windows(start, _SLAB_BYTES, _SLAB_BYTES):
            ends = np.flatnonzero(np.frombuffer(part, np.uint8) == 10) + (position + 1)
            if ends.size == 0:
                continue
            if self._blank_counts:
                yield ends
            else:
                yield ends[self._has_content(file, position, part, ends, begun)]
            begun = int(ends[-1])
        if begun < file.size and (self._blank_counts or skip_line_ends(file, begun) < file.size):
            yield np.array([file.size])

    @staticmethod
    def _has_content(
        file: ByteFile, position: int, part: bytes, ends: NDArray[np.int64], begun: int
    ) -> NDArray[np.bool_]:
        import numpy as np

        lengths = np.diff(ends, prepend=begun)
        before = np.frombuffer(part, np.uint8)[np.maximum(ends - position - 2, 0)]
        keep: NDArray[np.bool_] = (lengths > 2) | ((lengths == 2) & (before != 13))
        # the byte before the first line end may be in the slab before
        if lengths[0] == 2 and ends[0] - position < 2:
            keep[0] = file.read(begun, begun + 1) != b"\r"
        return keep


def after_bom(file: ByteFile) -> int:
    """Give the length of the UTF-8 byte order mark that the file begins with; 0 without one."""
    return len(BOM) if file.read(0, len(BOM)) == BOM else 0


def skip_line_ends(file: ByteFile, start: int) -> int:
    r"""Give the position of the first byte at or after `start` that is neither ``\r`` nor ``\n``."""
    for position, part in file.windows(start, 64, _SLAB_BYTES):
        rest = part.lstrip(b"\r\n")
        if rest:
            return position + len(part) - len(rest)
    return file.size
