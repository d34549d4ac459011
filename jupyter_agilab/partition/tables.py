"""One partition as a table of pandas, polars or pyarrow."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from jupyter_agilab.errors import AgilabError, MissingDependencyError
from jupyter_agilab.partition.formats import BOM
from jupyter_agilab.partition.json_lines import json_objects
from jupyter_agilab.partition.parquet_read import parquet_table
from jupyter_agilab.partition.streams import encoding_of, open_content
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.partition.unreadable import tells_unreadable

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_LARGEST_BLOCK_BYTES = 1 << 30
_INFERRED_ROWS = 10_000
_UTF8 = ("utf-8", "utf-8-sig")


@tells_unreadable
def pandas_frame(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Read a partition into a pandas DataFrame.

    Types are inferred from the partition's own rows, so they may differ between partitions of one file. JSON
    lines keep the types that they have in JSON. Plain text has one column, ``line``.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise _missing("pandas", "pandas") from error
    columns = list((reader or {}).get("columns") or ()) or None
    if partition.format == "parquet":
        from_parquet: pd.DataFrame = parquet_table(partition, folder, reader).to_pandas()
        return from_parquet
    with open_content(partition, folder) as stream:
        encoding = encoding_of(partition, stream, reader)
        if partition.format in {"csv", "tsv"}:
            delimiter, quote, has_header = csv_options(partition, reader)
            is_utf8 = encoding in _UTF8
            try:
                frame = pd.read_csv(
                    cast("BinaryIO", _Undecoded(stream)) if is_utf8 else stream,
                    sep=delimiter,
                    header=0 if has_header else None,
                    encoding="utf-8" if is_utf8 else encoding,
                    usecols=columns,
                    quotechar=quote or '"',
                    quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
                )
            except pd.errors.EmptyDataError:
                return pd.DataFrame(columns=columns)
            return frame if columns is None else frame[columns]
        if partition.format == "jsonl":
            # pandas' own reader takes some text for dates and numbers
            with io.TextIOWrapper(stream, encoding=encoding) as lines:
                frame = pd.DataFrame(list(json_objects(lines, partition)))
            if frame.empty:
                return pd.DataFrame(columns=columns)
            return frame if columns is None else frame[columns]
        if partition.format == "text":
            return pd.DataFrame({"line": _lines(stream, encoding)}, dtype="str")
    raise no_table(partition, "a DataFrame")


class _Undecoded:
    """Bytes for pandas' parser, which reads UTF-8 as it is.

    A stream that pandas knows to be binary it would decode and encode again, which takes half of the time.
    """

    mode = "r"

    def __init__(self, stream: BinaryIO) -> None:
        self.read = stream.read

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")


@tells_unreadable
def polars_frame(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """Read a partition into a polars DataFrame; types are inferred as by `pandas_frame`."""
    try:
        import polars as pl
    except ImportError as error:
        raise _missing("polars", "polars") from error
    columns = list((reader or {}).get("columns") or ()) or None
    if partition.format == "parquet":
        frame = pl.from_arrow(parquet_table(partition, folder, reader))
        assert isinstance(frame, pl.DataFrame)
        return frame
    data, encoding = _content(partition, folder, reader)
    if encoding not in _UTF8:
        data = data.decode(encoding).encode()
    if partition.format in {"csv", "tsv"}:
        delimiter, quote, has_header = csv_options(partition, reader)
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
    raise no_table(partition, "a DataFrame")


@tells_unreadable
def arrow_table(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None
) -> pa.Table:
    """Read a partition into a pyarrow Table; types are inferred as by `pandas_frame`."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.json

    columns = list((reader or {}).get("columns") or ()) or None
    if partition.format == "parquet":
        return parquet_table(partition, folder, reader)
    if partition.format not in {"csv", "tsv", "jsonl", "text"}:
        raise no_table(partition, "a Table")
    data, encoding = _content(partition, folder, reader)
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
        return table if columns is None else table.select(columns)
    delimiter, quote, has_header = csv_options(partition, reader)
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


def csv_options(partition: Partition, reader: Mapping[str, Any] | None) -> tuple[str, str, bool]:
    """Give delimiter, quote (empty where nothing is quoted) and whether there is a header."""
    options = reader or {}
    delimiter = options.get("delimiter")
    quote = options.get("quotechar")
    return (
        ("\t" if partition.format == "tsv" else ",") if delimiter is None else str(delimiter),
        '"' if quote is None else str(quote),
        options.get("header") is not False,
    )


def no_table(partition: Partition, form: str) -> AgilabError:
    """Give the error for a partition whose format does not have a form."""
    return AgilabError(
        f"{partition.source} cannot be given as {form}: its name does not say that it holds records",
        hint="set `format` in [partition] (csv, tsv, jsonl, text, parquet), or take `path: str`",
    )


def _content(partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None) -> tuple[bytes, str]:
    with open_content(partition, folder) as stream:
        encoding = encoding_of(partition, stream, reader)
        return stream.read(), encoding


def _lines(stream: BinaryIO, encoding: str) -> list[str]:
    with io.TextIOWrapper(stream, encoding=encoding) as text:
        return [line.rstrip("\n") for line in text]


def _missing(library: str, extra: str) -> MissingDependencyError:
    return MissingDependencyError(
        f"the function asks for a {library} DataFrame, and {library} is not installed here",
        hint=f"pip install 'jupyter-agilab[{extra}]', on every machine that runs workers",
    )
