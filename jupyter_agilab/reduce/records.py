"""One partition's result as the bytes that a segment stores, and back.

``encode`` runs on workers, once per partition: a number or a small dictionary costs about two microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from jupyter_agilab.errors import ResultTypeError
from jupyter_agilab.reduce import arrow_stream, csv_rows, json_text, tables
from jupyter_agilab.reduce.types import Encoded, RecordFormat
from jupyter_agilab.reduce.values import SCALARS, UnstorableError, name_of, refusal

_ROWS_AT_A_TIME = 10_000
LISTED: Mapping[str, str] = {"jsonl": "jsonl:list", "csv": "csv:list"}
"""The encoding of a result that is a list, or a table, of one record: read back, it must be one again."""
_STORED_AS = {"json": "JSON", "jsonl": "JSON lines", "csv": "CSV rows", "value": "JSON or as a table"}


def encode(
    value: Any, record_format: RecordFormat, *, partition: str = "", described: str | Callable[[], str] = ""
) -> Encoded:
    """Turn what a partition function returned into the bytes that its reducer reads.

    Parameters
    ----------
    value
        JSON-compatible values (see `jupyter_agilab.reduce.values` for what becomes plain), or a table.
    record_format
        What the reducer asks for; see `RecordFormat`.
    partition, described
        The partition's id and what it is, for the error; `described` may be a function that is only called
        then.

    Returns
    -------
    Encoded
        ``json``: one line. ``jsonl``: one line per element of a list or row of a table, one for any other
        value, none for None. ``csv``: one row per mapping or table row. ``value``: a line of JSON, or an
        Arrow stream.

    Raises
    ------
    ResultTypeError
        The value cannot be stored; names its type, its place in the result, the partition and what to return.
    """
    try:
        return ENCODERS[record_format](value)
    except UnstorableError as error:
        what = described if isinstance(described, str) else described()
        raise refusal(error, _STORED_AS[record_format], partition, what) from None
    except MemoryError:
        what = described if isinstance(described, str) else described()
        raise ResultTypeError(
            f"{name_of(partition, what)}: the result does not fit into memory a second time, to be stored",
            hint="Return less per partition, or plan more partitions.",
        ) from None


def _json(value: Any) -> Encoded:
    kind = type(value)
    if kind is not dict and kind not in SCALARS:
        table = tables.table_kind(value)
        if table:
            names, columns = tables.columns_of(value, table)
            value = tables.rows_of(names, columns)
    return Encoded(json_text.to_line(value), 1, "json")


def _jsonl(value: Any) -> Encoded:
    if value is None:
        return Encoded(b"", 0, "jsonl")
    kind = type(value)
    if kind is dict or kind in SCALARS:
        return Encoded(json_text.to_line(value), 1, "jsonl")
    table = tables.table_kind(value)
    if table:
        return _table_lines(*tables.columns_of(value, table))
    if not isinstance(value, (list, tuple)) or hasattr(value, "_fields"):  # a named tuple is one record
        return Encoded(json_text.to_line(value), 1, "jsonl")
    return Encoded(json_text.to_lines(value), len(value), LISTED["jsonl"] if len(value) == 1 else "jsonl")


def _table_lines(names: tuple[str, ...], columns: list[list[Any]]) -> Encoded:
    count = len(columns[0]) if columns else 0
    lines = []
    for first in range(0, count, _ROWS_AT_A_TIME):  # as mappings, all rows at once would take much memory
        rows = tables.rows_of(names, [values[first : first + _ROWS_AT_A_TIME] for values in columns])
        lines.append(json_text.to_lines(rows, first))
    return Encoded(b"".join(lines), count, LISTED["jsonl"] if count == 1 else "jsonl")


def _csv(value: Any) -> Encoded:
    if type(value) is dict:
        columns, data = csv_rows.one_row(value)
        return Encoded(data, 1, "csv", columns)
    if value is None:
        return Encoded(b"", 0, "csv")
    table = tables.table_kind(value)
    if table:
        columns, values = tables.columns_of(value, table)
        count = len(values[0]) if values else 0
        encoding = LISTED["csv"] if count == 1 else "csv"
        return Encoded(csv_rows.table_rows(values, columns), count, encoding, columns)
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        if not value:
            return Encoded(b"", 0, "csv")
        columns, data = csv_rows.mapping_rows(value)
        return Encoded(data, len(value), LISTED["csv"] if len(value) == 1 else "csv", columns)
    tables.refuse_what_looks_like_a_table(value)
    columns, data = csv_rows.one_row(value)
    return Encoded(data, 1, "csv", columns)


def _value(value: Any) -> Encoded:
    kind = type(value)
    if kind is not dict and kind not in SCALARS:
        table = tables.table_kind(value)
        if table:
            arrow = tables.arrow_table(value, table)
            return Encoded(arrow_stream.to_stream(arrow), arrow.num_rows, f"arrow:{table}")
    return Encoded(json_text.to_line(value), 1, "json")


ENCODERS: Mapping[str, Callable[[Any], Encoded]] = {
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "value": _value,
}
"""What `encode` does for each `RecordFormat`; they raise `UnstorableError`, which knows no partition."""


def decode(data: bytes, encoding: str) -> Any:
    """Give back what `encode` stored as ``json`` or ``value``: a JSON value, or the kind of table."""
    if encoding.startswith("arrow:"):
        kind = cast(tables.TableKind, encoding.partition(":")[2])
        return tables.from_arrow(arrow_stream.from_stream(data), kind)
    return json.loads(data)
