"""What a custom reducer returned, written as the artifact: the output's suffix says how.

========================== ================================================================================
returned                   written
========================== ================================================================================
bytes                      as they are
text                       as it is (UTF-8); with ``.json`` and ``.jsonl`` it is a value like any other
a table                    ``.csv``, ``.parquet``, ``.jsonl`` (one line per row), ``.json`` (a list of rows)
a list of mappings         the same four
any other JSON value       ``.jsonl`` a line (per element of a list); else JSON, a list one element a line
an iterator (a generator)  its items one after the other, as above, without ever being all in memory
========================== ================================================================================
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from io import BufferedWriter
from itertools import chain
from typing import Any

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce import tables
from jupyter_agilab.reduce.csv_rows import reordered, row_bytes
from jupyter_agilab.reduce.json_text import to_bytes, to_text
from jupyter_agilab.reduce.parquet_join import ParquetJoin, SchemaMismatchError
from jupyter_agilab.reduce.records import ENCODERS
from jupyter_agilab.reduce.types import Reduction
from jupyter_agilab.reduce.values import UnstorableError, plain, shown

_VALUES_NOT_TEXT = (".json", ".jsonl", ".ndjson", ".parquet")
_TABLE_SUFFIXES = (".csv", ".parquet", ".jsonl", ".ndjson", ".json")


def write_output(value: Any, out: BufferedWriter, suffix: str) -> Reduction:
    """Write what a custom reducer returned to `out`; `suffix` is lower case, with the dot.

    Returns
    -------
    Reduction
        The rows, lines or elements written (0 for bytes and text as they are), and a table's columns.

    Raises
    ------
    ReduceError
        The value cannot be written with that suffix; says what can.
    """
    is_streamed = isinstance(value, Iterator)
    pieces = value if is_streamed else iter((value,))
    first = list(_take_one(pieces))
    pieces = chain(first, pieces)
    try:
        if any(isinstance(piece, (bytes, bytearray)) for piece in first):
            return _write_as_it_is(pieces, out)
        if any(isinstance(piece, str) for piece in first) and suffix not in _VALUES_NOT_TEXT:
            return _write_as_it_is(pieces, out)
        if suffix == ".csv":
            return _write_csv(pieces, out)
        if suffix == ".parquet":
            return _write_parquet(pieces, out)
        if suffix in (".jsonl", ".ndjson"):
            return _write_jsonl(pieces, out)
        if suffix not in _TABLE_SUFFIXES and any(map(tables.table_kind, first)):
            raise ReduceError(
                f"the reducer returned a table, and the suffix {suffix!r} does not say how to write it",
                hint=f"Name an output that ends in one of {', '.join(_TABLE_SUFFIXES)}.",
            )
        return _write_list(pieces, out) if is_streamed else _write_json(first[0], out)
    except UnstorableError as error:
        raise ReduceError(
            f"what the reducer returned cannot be written to a {suffix or 'JSON'} file: "
            f"{shown(error.place)} {error.why}",
            hint=error.hint,
        ) from None


def _take_one(pieces: Iterator[Any]) -> Iterator[Any]:
    for piece in pieces:
        yield piece
        return


def _write_as_it_is(pieces: Iterator[Any], out: BufferedWriter) -> Reduction:
    for piece in pieces:
        if not isinstance(piece, (str, bytes, bytearray)):
            raise UnstorableError((), "mixes text or bytes with other values", "Yield one kind of value.")
        out.write(piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece)
    return Reduction(records=0)


def _write_json(value: Any, out: BufferedWriter) -> Reduction:
    if tables.table_kind(value) or isinstance(value, list):
        return _write_list(_elements(value), out)
    out.write(to_bytes(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n"))
    return Reduction(records=1)


def _elements(piece: Any) -> Iterator[Any]:
    kind = tables.table_kind(piece)
    if kind:
        return iter(tables.rows_of(*tables.columns_of(piece, kind)))
    return iter(piece) if isinstance(piece, list) else iter((piece,))


def _write_list(elements: Iterator[Any], out: BufferedWriter) -> Reduction:
    count = 0
    for element in elements:
        for part in _elements(element) if tables.table_kind(element) else (element,):
            out.write(b",\n" if count else b"[\n")
            out.write(to_bytes(to_text(part, (count,))))
            count += 1
    out.write(b"\n]\n" if count else b"[]\n")
    return Reduction(records=count)


def _write_jsonl(pieces: Iterator[Any], out: BufferedWriter) -> Reduction:
    count = 0
    for piece in pieces:
        encoded = ENCODERS["jsonl"](piece)
        out.write(encoded.data)
        count += encoded.records
    return Reduction(records=count)


def _write_csv(pieces: Iterator[Any], out: BufferedWriter) -> Reduction:
    columns: tuple[str, ...] = ()
    count = 0
    for piece in pieces:
        encoded = ENCODERS["csv"](piece)
        if not columns and encoded.columns:
            columns = encoded.columns
            out.write(row_bytes([columns]))
        count += encoded.records
        if encoded.columns == columns or not encoded.records:
            out.write(encoded.data)
            continue
        if set(encoded.columns) != set(columns):
            raise UnstorableError(
                (),
                f"has a part that {tables.difference(columns, encoded.columns)}",
                "Give all the same columns.",
            )
        with io.TextIOWrapper(io.BytesIO(encoded.data), encoding="utf-8", newline="") as text:
            out.writelines(reordered(text, encoded.columns, columns))
    return Reduction(records=count, columns=columns)


def _write_parquet(pieces: Iterator[Any], out: BufferedWriter) -> Reduction:
    import pyarrow as pa

    parts = (part for part in map(_arrow_part, pieces) if part is not None)
    first = list(_take_one(parts))
    schema = first[0].schema if first else pa.schema([])
    with ParquetJoin(out, schema, "zstd") as joined:
        for part in chain(first, parts):
            try:
                joined.add(part)
            except SchemaMismatchError as error:
                raise UnstorableError(
                    (), f"has a part that {error}", "Give all parts the same columns."
                ) from None
    return Reduction(records=joined.rows, columns=tuple(schema.names))


def _arrow_part(piece: Any) -> Any:
    kind = tables.table_kind(piece)
    if kind:
        return tables.without_pandas_index(tables.arrow_table(piece, kind))
    rows = piece if isinstance(piece, list) else [piece]
    return tables.arrow_table_of_mappings(rows) if rows else None
