"""CSV and TSV: cut where Python's csv module ends records."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.csv_records import CsvRecords
from jupyter_agilab.partition.dialect import Dialect, dialect_of
from jupyter_agilab.partition.formats.base import Format, Look, Piece
from jupyter_agilab.partition.formats.record_format import ParsedFormat
from jupyter_agilab.partition.heads import BOM
from jupyter_agilab.partition.record_cuts import Records

_QUOTED = re.compile(rb'"[^"]*"')
_OTHER_DELIMITERS = b";\t|,"
# a quote after a backslash that neither ends the field nor is doubled
_ESCAPED_QUOTE = re.compile(rb'\\"[^",;|\t\r\n]')


class Delimited(ParsedFormat):
    """``csv`` and ``tsv``."""

    records: ClassVar[str] = "rows"

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]  # two formats of one class

    def records_of(self, look: Look) -> Records | str:
        """Give where the records are, or why the file is probably not written with this dialect."""
        dialect = dialect_of(look.table, self.name)
        if isinstance(dialect, str):
            return dialect
        return _doubt(look, dialect) or CsvRecords(dialect)

    def all_rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the records; all values are text, as `csv.DictReader` gives them."""
        from jupyter_agilab.partition.streams import open_text
        from jupyter_agilab.partition.tables import csv_options

        delimiter, quote, has_header = csv_options(piece)
        quoting: dict[str, Any] = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
        with open_text(piece.partition, piece.folder, piece.options) as stream:
            rows = csv.reader(stream, delimiter=delimiter, **quoting)
            if has_header:
                # blank lines before the header do not count, here as in a plan
                names = next((row for row in rows if row), [])
                yield from _named(rows, names)
                return
            for row in rows:
                if row:
                    yield {f"column_{number}": value for number, value in enumerate(row, 1)}


def _named(rows: Iterator[list[str]], names: list[str]) -> Iterator[dict[str, Any]]:
    width = len(names)
    for row in rows:
        if len(row) == width:
            yield dict(zip(names, row, strict=True))
            continue
        if not row:
            continue
        record: dict[Any, Any] = dict(zip(names, row, strict=False))
        if len(row) > width:
            record[None] = row[width:]
        for name in names[len(row) :]:
            record[name] = None
        yield record


def _doubt(look: Look, dialect: Dialect) -> str:
    """Say why a CSV file is probably not written with this dialect; cutting it would tear its records."""
    expected = bytes([dialect.delimiter])
    first = _first_line(look.head)
    if b'"' in first:
        first = _QUOTED.sub(b"", first)
    if look.table.delimiter is None and expected not in first:
        other = next((bytes([byte]) for byte in _OTHER_DELIMITERS if bytes([byte]) in first), b"")
        if other:
            return (
                f"its first line has {other.decode()!r} where {expected.decode()!r} was expected "
                f"(set `delimiter` in [partition])"
            )
    if dialect.quote == ord('"') and b"\\" in look.head and _ESCAPED_QUOTE.search(look.head):
        look.tell(
            Finding(
                code="partition.backslash-quote",
                message=f'{look.file.source} seems to write quotes as \\" where CSV doubles them',
                level="environment",
                severity="warning",
                key="input",
                path=look.file.source,
                hint="such records may be torn: use one-file-per-partition, or convert the file first",
            )
        )
    return ""


def _first_line(head: bytes) -> bytes:
    start = len(BOM) if head.startswith(BOM) else 0
    while head[start : start + 1] in {b"\r", b"\n"}:
        start += 1
    end = head.find(b"\n", start)
    return head[start:] if end < 0 else head[start:end]


FORMATS: Final[dict[str, Format]] = {name: Delimited(name) for name in ("csv", "tsv")}
