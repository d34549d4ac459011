"""A staged table on disk: pages in the order of the source, in each page the rows of a unit side by side.

``rows.bin`` has one compressed blob for each unit of each page: the lengths of its records, their places in
the page, and the records. ``extents.bin`` says where they are, for each unit at the places that
``starts.bin`` tells, so that a reader of few units reads little. ``order.bin`` has the unit of every row, and
``staged.json``, written last, the rest.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEADER: Final = "staged.json"
ROWS: Final = "rows.bin"
EXTENTS: Final = "extents.bin"
STARTS: Final = "starts.bin"
ORDER: Final = "order.bin"
GROUPS: Final = "groups.json"

_PAGE_BYTES = 48 << 20
_PAGE_ROWS = 600_000
_PER_EXTENT = 5


def codec() -> Any:
    """Give what the rows are compressed with."""
    import pyarrow as pa

    return pa.Codec("zstd", compression_level=1)


def packed(numbers: array[int]) -> bytes:
    """Give the bytes of some numbers, little-endian."""
    if sys.byteorder == "big":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers.tobytes()


def unpacked(kind: str, data: bytes) -> array[int]:
    """Give the numbers that `packed` made bytes of."""
    numbers = array(kind)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class Extents:
    """Where the rows of each unit are: page, place, stored bytes, bytes, rows."""

    def __init__(self) -> None:
        self._of: list[array[int]] = []

    def add(self, unit: int, *extent: int) -> None:
        """Append an extent of a unit."""
        while unit >= len(self._of):
            self._of.append(array("q"))
        self._of[unit].extend(extent)

    def rows(self, unit: int) -> int:
        """Count the rows of a unit."""
        return sum(self._of[unit][4::_PER_EXTENT])

    def size(self, unit: int) -> int:
        """Count the bytes of a unit, before they were compressed."""
        return sum(self._of[unit][3::_PER_EXTENT])

    def write(self, directory: Path, order: Sequence[int]) -> None:
        """Write those of all units, in the order of the plan."""
        starts = array("q", [0])
        with (directory / EXTENTS).open("xb") as out:
            for unit in order:
                out.write(packed(self._of[unit]))
                starts.append(starts[-1] + len(self._of[unit]) // _PER_EXTENT)
            synced(out)
        with (directory / STARTS).open("xb") as out:
            out.write(packed(starts))
            synced(out)


def synced(out: io.BufferedWriter) -> None:
    """Make what was written durable."""
    out.flush()
    os.fsync(out.fileno())


class OrderWriter:
    """Writes the unit of every row."""

    def __init__(self, directory: Path, files: ExitStack) -> None:
        self._out = files.enter_context((directory / ORDER).open("xb"))
        self._codec = codec()

    def add(self, units: Sequence[int]) -> None:
        """Append those of some rows."""
        data = packed(array("I", units))
        stored = self._codec.compress(data, asbytes=True)
        self._out.write(struct.pack("<qq", len(stored), len(data)) + stored)

    def close(self) -> None:
        """Write it all."""
        synced(self._out)
        self._out.close()


def stored_order(directory: Path) -> Iterator[bytes]:
    """Yield the units of the rows, page by page, as little-endian numbers of four bytes."""
    unpack = codec()
    with (directory / ORDER).open("rb") as file:
        while head := file.read(16):
            stored, size = struct.unpack("<qq", head)
            yield unpack.decompress(file.read(stored), size, asbytes=True)


class RecordWriter:
    """Writes records, which are bytes, by unit; `files` closes what is open where that goes wrong."""

    def __init__(self, directory: Path, files: ExitStack) -> None:
        self._out = files.enter_context((directory / ROWS).open("xb"))
        self._codec = codec()
        self._order = OrderWriter(directory, files)
        self._records: list[bytes] = []
        self._units: list[int] = []
        self._bytes = 0
        self._pages = 0
        self._digests: list[Any] = []
        self.extents = Extents()
        self.count = 0

    def add(self, records: list[bytes], units: list[int]) -> None:
        """Append some records, with their units."""
        self._records += records
        self._units += units
        self.count += len(records)
        self._bytes += sum(map(len, records))
        if self._bytes >= _PAGE_BYTES or len(self._records) >= _PAGE_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._records:
            return
        places: dict[int, list[int]] = {}
        for place, unit in enumerate(self._units):
            if unit in places:
                places[unit].append(place)
            else:
                places[unit] = [place]
        for unit in sorted(places):
            records = [self._records[place] for place in places[unit]]
            lengths = array("I", map(len, records))
            data = b"".join(records)
            while unit >= len(self._digests):
                self._digests.append(blake2b(digest_size=16))
            self._digests[unit].update(packed(lengths) + data)
            blob = packed(lengths) + packed(array("I", places[unit])) + data
            stored = self._codec.compress(blob, asbytes=True)
            self.extents.add(unit, self._pages, self._out.tell(), len(stored), len(blob), len(records))
            self._out.write(stored)
        self._order.add(self._units)
        self._records, self._units, self._bytes = [], [], 0
        self._pages += 1

    def close(self) -> list[str]:
        """Write it all; gives the digest of each unit's rows."""
        self._flush()
        self._order.close()
        synced(self._out)
        self._out.close()
        return [digest.hexdigest() for digest in self._digests]


@dataclass(frozen=True, slots=True)
class Extent:
    """Where some rows of one unit are."""

    page: int
    place: int
    stored: int
    size: int
    rows: int


def pages_of(directory: Path, first: int, stop: int) -> list[list[Extent]]:
    """Give the extents of a range of units, page by page; only their part of the index is read.

    Raises
    ------
    OSError
        The staged table is gone.
    """
    width = 8 * _PER_EXTENT
    with (directory / STARTS).open("rb", buffering=0) as file:
        file.seek(8 * first)
        starts = unpacked("q", file.read(8 * (stop - first + 1)))
    with (directory / EXTENTS).open("rb", buffering=0) as file:
        file.seek(width * starts[0])
        numbers = unpacked("q", file.read(width * (starts[-1] - starts[0])))
    pages: dict[int, list[Extent]] = {}
    for place in range(0, len(numbers), _PER_EXTENT):
        extent = Extent(*numbers[place : place + _PER_EXTENT])
        pages.setdefault(extent.page, []).append(extent)
    return [pages[number] for number in sorted(pages)]


def records_of(directory: Path, pages: Sequence[Sequence[Extent]]) -> Iterator[list[bytes]]:
    """Yield the records of some extents in the order of the source, page by page."""
    unpack = codec()
    with (directory / ROWS).open("rb", buffering=0) as file:
        for extents in pages:
            found: list[tuple[int, bytes]] = []
            for extent in extents:
                file.seek(extent.place)
                data = unpack.decompress(file.read(extent.stored), extent.size, asbytes=True)
                lengths = unpacked("I", data[: 4 * extent.rows])
                places = unpacked("I", data[4 * extent.rows : 8 * extent.rows])
                begin = 8 * extent.rows
                for length, place in zip(lengths, places, strict=True):
                    found.append((place, data[begin : begin + length]))
                    begin += length
            if len(extents) > 1:
                found.sort()
            yield [record for _, record in found]


class RecordsRaw(io.RawIOBase):
    """The records of some extents as a file, with a header before them; one page at a time is in memory."""

    def __init__(self, directory: Path, header: bytes, pages: Sequence[Sequence[Extent]]) -> None:
        self._directory = directory
        self._header = header
        self._pages = pages
        self._starts = [0, len(header)]
        for extents in pages:
            size = sum(extent.size - 8 * extent.rows for extent in extents)
            self._starts.append(self._starts[-1] + size)
        self._held = (0, header)
        self._position = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Give the position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._starts[-1]}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what comes next, at most to the end of a page."""
        from bisect import bisect_right

        if self._position >= self._starts[-1]:
            return 0
        number = bisect_right(self._starts, self._position) - 1
        if self._held[0] != number:
            data = self._header
            if number:
                data = b"".join(next(records_of(self._directory, [self._pages[number - 1]])))
            self._held = (number, data)
        view = memoryview(buffer).cast("B")
        start = self._position - self._starts[number]
        part = self._held[1][start : start + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)


def write_groups(directory: Path, entries: list[list[Any]]) -> None:
    """Write what is known of each group, as `read_groups` gives it."""
    with (directory / GROUPS).open("xb") as out:
        out.write(json.dumps(entries).encode())
        synced(out)


def read_groups(directory: Path) -> list[list[Any]]:
    """Read of each group: label, first unit, the one after its last, rows, bytes, digest, bounds."""
    entries: list[list[Any]] = json.loads((directory / GROUPS).read_bytes())
    return entries
