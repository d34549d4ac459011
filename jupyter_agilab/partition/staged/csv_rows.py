"""The records of a CSV file as bytes, with the fields that they are grouped by, in one pass."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from jupyter_agilab.partition.dialect import Dialect
from jupyter_agilab.partition.heads import BOM

_BLOCK_BYTES = 1 << 22

_MOST_RECORD_BYTES = 64 << 20
_ENDS = b"\r\n"
_NOTHING = (b"",)

Fields = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Some records in order: their bytes with line ends, and of each the wanted fields."""

    records: list[bytes]
    fields: list[Fields]


class CsvRows:
    """Reads a stream of CSV from its beginning; records end where Python's csv module ends them.

    Blank lines are left out. The last record gets a line end where it has none, so that records can stand in
    any order.

    Attributes
    ----------
    header
        The bytes of the header with what comes before it; empty where there is none.
    names
        The names in the header.
    """

    def __init__(self, stream: BinaryIO, dialect: Dialect) -> None:
        self._stream = stream
        self._delimiter = bytes([dialect.delimiter])
        self._quote = None if dialect.quote is None else bytes([dialect.quote])
        # a mark before a quote would make that a plain character
        mark = stream.read(len(BOM))
        self.header = BOM if mark == BOM else b""
        self._lines = self._read(b"" if self.header else mark)
        self._left: list[bytes] = []
        self.names: list[bytes] = []
        if dialect.header:
            self._take_header()

    def _take_header(self) -> None:
        with _any_field_length():
            pending = b""
            for block, is_end in self._lines:
                lines, pending = self._joined(pending, block), b""
                for place in range(len(lines)):
                    if lines[place][0] in _ENDS:
                        continue
                    row, after = self._record(lines, place, is_end=is_end)
                    if row is None:
                        pending = b"".join(lines[place:])
                        break
                    self.header += b"".join(lines[place:after])
                    self.names, self._left = row, lines[after:]
                    return

    def blocks(self, places: Sequence[int]) -> Iterator[Block]:
        """Yield all records, with the fields in these places; fields that are missing are empty."""
        with _any_field_length():
            pending = b""
            left, self._left = self._left, []
            for lines, is_end in chain([(left, False)], self._lines):
                if len(pending) > _MOST_RECORD_BYTES:
                    raise ValueError("a record has more than 64 MiB; a quote that begins it may have no end")
                block, pending = self._block(self._joined(pending, lines), places, is_end=is_end)
                yield block
            if pending:
                yield self._block(pending.splitlines(keepends=True), places, is_end=True)[0]

    @staticmethod
    def _joined(pending: bytes, lines: list[bytes]) -> list[bytes]:
        return [*pending.splitlines(keepends=True), *lines] if pending else lines

    def _read(self, rest: bytes) -> Iterator[tuple[list[bytes], bool]]:
        """Yield the lines of the stream, block by block, and whether they are the last."""
        wanted = _BLOCK_BYTES
        while True:
            read = self._stream.read(wanted)
            data = rest + read
            if not data:
                return
            lines = data.splitlines(keepends=True)
            rest = b""
            if not read:
                if not data.endswith((b"\n", b"\r")):
                    lines[-1] += b"\n"
                yield lines, True
                return
            if not data.endswith(b"\n"):
                rest = lines.pop()
            # a line longer than a block must not be read again and again
            wanted = max(_BLOCK_BYTES, 2 * len(rest))
            yield lines, False

    def _block(self, lines: list[bytes], places: Sequence[int], *, is_end: bool) -> tuple[Block, bytes]:
        """Give the records in some lines, and the bytes of a last one whose end is not there yet."""
        delimiter, quote = self._delimiter, self._quote
        # what comes behind the last of them need not be told apart
        most = max(places) + 1
        only = places[0] if len(places) == 1 else -1
        records: list[bytes] = []
        fields: list[Fields] = []
        place, count = 0, len(lines)
        while place < count:
            line = lines[place]
            if quote is None or quote not in line:
                place += 1
                if line[0] in _ENDS:
                    continue
                records.append(line)
                parts = line.split(delimiter, most)
                if only >= 0:
                    fields.append((parts[only].rstrip(_ENDS),) if only < len(parts) else _NOTHING)
                else:
                    parts[-1] = parts[-1].rstrip(_ENDS)
                    fields.append(_chosen(parts, places))
                continue
            row, after = self._record(lines, place, is_end=is_end)
            if row is None:
                break
            records.append(line if after == place + 1 else b"".join(lines[place:after]))
            fields.append(_chosen(row, places))
            place = after
        return Block(records, fields), b"".join(lines[place:])

    def _record(self, lines: list[bytes], place: int, *, is_end: bool) -> tuple[list[bytes] | None, int]:
        """Give the fields of the record at a line, and the line after it; None where its end is missing."""
        feed = _Feed(lines, place)
        delimiter = self._delimiter.decode()
        if self._quote is None:
            reader = csv.reader(feed, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        else:
            reader = csv.reader(feed, delimiter=delimiter, quotechar=self._quote.decode())
        row = next(reader)
        if feed.exhausted and not is_end:
            return None, place
        return [field.encode("latin-1") for field in row], feed.place


def _chosen(row: Sequence[bytes], places: Sequence[int]) -> Fields:
    return tuple([row[place] if place < len(row) else b"" for place in places])


class _Feed:
    """Gives lines to csv, one character for each byte, and counts them."""

    def __init__(self, lines: list[bytes], place: int) -> None:
        self._lines = lines
        self.place = place
        self.exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.place == len(self._lines):
            self.exhausted = True
            raise StopIteration
        self.place += 1
        return self._lines[self.place - 1].decode("latin-1")


@contextmanager
def _any_field_length() -> Iterator[None]:
    """Let csv read fields of any length: they go to whoever reads the partition, whose limit counts."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)
