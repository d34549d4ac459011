"""CSV rows as results are stored, and their columns: RFC 4180 quoting, rows that end in a newline, no header.

Numbers are written so that they read back as the same number; None and NaN are empty; dates are ISO 8601.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from typing import Any

from jupyter_agilab.reduce.remedies import remedy
from jupyter_agilab.reduce.tables import as_mapping, columns_of_mappings, distinct
from jupyter_agilab.reduce.values import (
    REFUSED,
    SCALARS,
    TEXT,
    Place,
    UnstorableError,
    key_text,
    simple,
    type_name,
)

_ROWS_AT_A_TIME = 2_000
_LONGEST_FIELD = 2**31 - 1  # the csv module refuses fields of more than 128 KiB unless told


class _RowsWithCarriageReturns:
    r"""Takes rows that end in ``\r\n`` and keeps them ending in ``\n``.

    Until Python 3.13 the csv module quotes a carriage return only where the row's own end has one.
    """

    def __init__(self) -> None:
        self.rows: list[str] = []

    def write(self, row: str) -> None:
        self.rows.append(row[:-2])


def rows_text(rows: Iterable[Sequence[Any]]) -> str:
    r"""Write rows as CSV text; every field with a comma, a quote, ``\n`` or ``\r`` is quoted.

    `rows` may be iterated twice.
    """
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    text = out.getvalue()
    if "\r" not in text:
        return text
    quoted = _RowsWithCarriageReturns()
    csv.writer(quoted, lineterminator="\r\n").writerows(rows)
    return "".join(f"{row}\n" for row in quoted.rows)


def row_bytes(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows as UTF-8.

    Raises
    ------
    UnstorableError
        A field holds a lone surrogate, for which CSV has no escape.
    """
    try:
        return rows_text(rows).encode()
    except UnicodeEncodeError as error:
        around = error.object[max(0, error.start - 20) : error.end + 20]
        raise UnstorableError(
            (),
            f"holds text that is not valid Unicode, near {around!r}",
            "Replace such characters first: text.encode(errors='replace').decode(); or use concat-jsonl.",
        ) from None


def table_rows(columns: Sequence[list[Any]], names: Sequence[str]) -> bytes:
    """Write the columns of a table (each a list of values, in the order of `names`) as rows."""
    cleaned = [_cells(values, name) for name, values in zip(names, columns, strict=True)]
    return row_bytes(list(zip(*cleaned, strict=True)))


def mapping_rows(records: Sequence[Any]) -> tuple[tuple[str, ...], bytes]:
    """Write mappings as rows, and give their columns; see `columns_of_mappings`."""
    columns, values = columns_of_mappings([as_mapping(record, (at,)) for at, record in enumerate(records)])
    return columns, table_rows(values, columns)


def read_rows(lines: Iterable[str]) -> Iterator[list[list[str]]]:
    """Read CSV rows, some thousand at a time; `lines` keep their ends (a file opened with ``newline=""``)."""
    read = csv.reader(lines)
    while True:
        usual_limit = csv.field_size_limit(_LONGEST_FIELD)
        try:
            rows = list(islice(read, _ROWS_AT_A_TIME))
        finally:
            csv.field_size_limit(usual_limit)
        if not rows:
            return
        yield rows


def reordered(lines: Iterable[str], given: Sequence[str], wanted: Sequence[str]) -> Iterator[bytes]:
    """Read CSV rows whose columns are `given` and write them with the same columns in the order `wanted`."""
    in_order = itemgetter(*(given.index(name) for name in wanted))
    for rows in read_rows(lines):
        yield row_bytes([in_order(row) for row in rows])


def one_row(record: Any) -> tuple[tuple[str, ...], bytes]:
    """Write one mapping as one row."""
    mapping = as_mapping(record, ())
    if not mapping:
        raise UnstorableError(
            (), "is a mapping without keys", "Return a row that has columns, or None for no row."
        )
    columns = tuple(mapping) if TEXT.issuperset(map(type, mapping)) else distinct(map(key_text, mapping))
    return columns, row_bytes([[_cell(value, (key,)) for key, value in mapping.items()]])


def _cell(value: Any, place: Place) -> Any:
    kind = type(value)
    if kind is float:
        return None if value != value else value  # noqa: PLR0124 - only NaN differs from itself
    if kind in SCALARS or isinstance(value, Decimal):
        return value
    made = simple(value)
    if made is REFUSED:
        nested = isinstance(value, (list, tuple, Mapping))
        hint = "A CSV field holds one value: use concat-jsonl for nested ones, or spread it over columns."
        raise UnstorableError(place, f"is of type {type_name(value)}", hint if nested else remedy(value))
    return None if made != made else made  # noqa: PLR0124 - only NaN differs from itself


_WRITTEN_AS_THEY_ARE = frozenset({str, int, bool, type(None)})
_NUMBERS = frozenset({float, int, bool, type(None)})


def _cells(values: list[Any], name: str) -> list[Any]:
    kinds = set(map(type, values))
    if kinds <= _WRITTEN_AS_THEY_ARE:
        return values
    if kinds <= _NUMBERS:
        return [None if value != value else value for value in values]  # noqa: PLR0124 - only NaN does
    return [_cell(value, (position, name)) for position, value in enumerate(values)]
