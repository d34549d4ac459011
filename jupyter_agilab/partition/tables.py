"""Text (CSV, JSON lines, lines) as a table of pandas, polars or pyarrow, by their own parsers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from jupyter_agilab.partition.formats.base import Piece, missing_library, no_form
from jupyter_agilab.partition.heads import BOM
from jupyter_agilab.partition.json_lines import json_objects
from jupyter_agilab.partition.streams import encoding_of, open_content

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_LARGEST_BLOCK_BYTES = 1 << 30
_INFERRED_ROWS = 10_000
# of these pandas finds the type in a part of the rows too
_OWN_TYPES = frozenset({"int", "float", "bool", "null", "unknown"})
_UTF8 = ("utf-8", "utf-8-sig")


def pandas_frame(piece: Piece) -> pd.DataFrame:
    """Read a partition into a pandas DataFrame.

    Types are inferred from the partition's own rows, so they may differ between partitions of one file. JSON
    lines keep the types that they have in JSON. Plain text has one column, ``line``.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise missing_library("pandas", "pandas", "the function asks for a pandas DataFrame") from error
    partition, columns = piece.partition, list(piece.columns) or None
    with open_content(partition, piece.folder) as stream:
        encoding = encoding_of(partition, stream, piece.options)
        if partition.format in {"csv", "tsv"}:
            delimiter, quote, has_header = csv_options(piece)
            is_utf8 = encoding in _UTF8
            types: Mapping[str, Any] = piece.options.get("column_types") or {}
            try:
                frame = pd.read_csv(
                    cast("BinaryIO", _Undecoded(stream)) if is_utf8 else stream,
                    sep=delimiter,
                    header=0 if has_header else None,
                    encoding="utf-8" if is_utf8 else encoding,
                    usecols=columns,
                    dtype={name: "str" for name, (kind, _) in types.items() if kind not in _OWN_TYPES}
                    or None,
                    quotechar=quote or '"',
                    quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
                )
            except pd.errors.EmptyDataError:
                return pd.DataFrame(columns=columns)
            _widen(frame, types)
            return frame if columns is None else frame[columns]
        if partition.format == "jsonl":
            # pandas' own reader takes some text for dates and numbers
            with io.TextIOWrapper(stream, encoding=encoding) as lines:
                frame = pd.DataFrame(list(json_objects(lines, piece.told)))
            if frame.empty:
                return pd.DataFrame(columns=columns)
            chosen = piece.chosen(list(frame.columns))
            return frame if chosen is None else frame[chosen]
        if partition.format == "text":
            return pd.DataFrame({"line": _lines(stream, encoding)}, dtype="str")
    raise no_form(piece, "a DataFrame")


def _widen(frame: pd.DataFrame, types: Mapping[str, Any]) -> None:
    """Give columns the types that they have in the whole table, where other rows decide about them."""
    for name, (kind, lacks) in types.items():
        if name not in frame.columns:
            continue
        own = frame[name].dtype.kind
        if own == "i" and (kind == "float" or (kind == "int" and lacks)):
            frame[name] = frame[name].astype("float64")
        elif kind == "bool" and lacks:
            frame[name] = frame[name].astype(object)


class _Undecoded:
    """Bytes for pandas' parser, which reads UTF-8 as it is.

    A stream that pandas knows to be binary it would decode and encode again, which takes half of the time.
    """

    mode = "r"

    def __init__(self, stream: BinaryIO) -> None:
        self.read = stream.read

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")


def polars_frame(piece: Piece) -> pl.DataFrame:
    """Read a partition into a polars DataFrame; types are inferred as by `pandas_frame`."""
    try:
        import polars as pl
    except ImportError as error:
        raise missing_library("polars", "polars", "the function asks for a polars DataFrame") from error
    partition, columns = piece.partition, list(piece.columns) or None
    data, encoding = _content(piece)
    if encoding not in _UTF8:
        data = data.decode(encoding).encode()
    if partition.format in {"csv", "tsv"}:
        delimiter, quote, has_header = csv_options(piece)
        if not data.strip():
            return pl.DataFrame(schema=columns)
        return pl.read_csv(
            data,
            separator=delimiter,
            quote_char=quote or None,
            has_header=has_header,
            columns=columns,
            infer_schema_length=_INFERRED_ROWS,
        )
    if partition.format == "jsonl":
        if not data.strip():
            return pl.DataFrame(schema=columns)
        frame = pl.read_ndjson(data.removeprefix(BOM), infer_schema_length=_INFERRED_ROWS)
        return frame if columns is None else frame.select(columns)
    if partition.format == "text":
        return pl.DataFrame(
            {"line": _lines(io.BytesIO(data), encoding if encoding in _UTF8 else "utf-8")},
            schema={"line": pl.String},
        )
    raise no_form(piece, "a DataFrame")


def arrow_table(piece: Piece) -> pa.Table:
    """Read a partition into a pyarrow Table; types are inferred as by `pandas_frame`."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.json

    partition, columns = piece.partition, list(piece.columns) or None
    data, encoding = _content(piece)
    if partition.format == "text":
        return pa.table({"line": pa.array(_lines(io.BytesIO(data), encoding), pa.string())})
    if not data.strip():
        return pa.table({name: pa.array([], pa.null()) for name in columns or ()})
    stream = pa.BufferReader(data)
    # one block, so that types are inferred from all rows of the partition
    block_size = min(len(data) + 1, _LARGEST_BLOCK_BYTES)
    if partition.format == "jsonl":
        read_options = pyarrow.json.ReadOptions(block_size=block_size)
        table = pyarrow.json.read_json(stream, read_options=read_options)
        chosen = piece.chosen(table.column_names)
        return table if chosen is None else table.select(chosen)
    delimiter, quote, has_header = csv_options(piece)
    try:
        return pyarrow.csv.read_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(
                block_size=block_size,
                encoding=encoding.removesuffix("-sig"),
                autogenerate_column_names=not has_header,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, quote_char=quote or False, newlines_in_values=True
            ),
            convert_options=pyarrow.csv.ConvertOptions(include_columns=columns),
        )
    except KeyError as error:
        # a column that is not there
        raise ValueError(str(error.args[0])) from error


def csv_options(piece: Piece) -> tuple[str, str, bool]:
    """Give delimiter, quote (empty where nothing is quoted) and whether there is a header."""
    options = piece.options
    delimiter = options.get("delimiter")
    quote = options.get("quotechar")
    return (
        ("\t" if piece.partition.format == "tsv" else ",") if delimiter is None else str(delimiter),
        '"' if quote is None else str(quote),
        options.get("header") is not False,
    )


def _content(piece: Piece) -> tuple[bytes, str]:
    with open_content(piece.partition, piece.folder) as stream:
        encoding = encoding_of(piece.partition, stream, piece.options)
        return stream.read(), encoding


def _lines(stream: BinaryIO, encoding: str) -> list[str]:
    with io.TextIOWrapper(stream, encoding=encoding) as text:
        return [line.rstrip("\n") for line in text]
