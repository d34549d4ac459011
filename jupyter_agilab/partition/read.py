"""Reading exactly one partition, in the form that a function asks for.

A byte range is read as if it were a file of its own: the header, where the format has one, and then the
range. What these functions take as `reader` are the options of ``[partition]``: ``delimiter``, ``quotechar``,
``encoding``, ``header`` and ``columns``. Every function raises `OSError` where the file cannot be read, and
`AgilabError` where it is not as it was planned or cannot be had in this form.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.json_lines import json_objects
from jupyter_agilab.partition.parquet_read import parquet_batches, write_parquet
from jupyter_agilab.partition.streams import open_bytes, open_text, path_of
from jupyter_agilab.partition.tables import (
    arrow_table,
    csv_options,
    no_table,
    pandas_frame,
    polars_frame,
)
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.partition.unreadable import UnreadableTold

__all__ = [
    "arrow_table",
    "iter_lines",
    "iter_rows",
    "open_bytes",
    "open_text",
    "pandas_frame",
    "polars_frame",
    "temporary_file",
]

_COPIED_BYTES = 1 << 20


@contextmanager
def temporary_file(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None
) -> Iterator[Path]:
    """Give a file that holds exactly the partition: its source, or a private copy that is removed at the end.

    The copy's name is the source's with the range in it (``flights-1048576-2097152.csv``), so that a function
    that names its output after its input does not collide with itself.
    """
    del reader  # the bytes are given as they are
    path = path_of(partition, folder)
    if partition.kind == "file":
        yield path
        return
    name = PurePosixPath(partition.source)
    with tempfile.TemporaryDirectory(prefix="agilab-") as private:
        copy = Path(private) / f"{name.stem}-{partition.start}-{partition.stop}{name.suffix}"
        with copy.open("xb") as out:
            if partition.kind == "rows":
                write_parquet(partition, folder, out)
            else:
                with open_bytes(partition, folder) as stream:
                    shutil.copyfileobj(stream, out, _COPIED_BYTES)
        yield copy


def iter_lines(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Yield the lines without their line ends, read lazily; of a CSV range the header is the first."""
    if partition.format == "parquet":
        raise no_table(partition, "lines")
    # universal line ends also where a CSV file is asked for its lines
    with UnreadableTold(partition), open_text(partition, folder, reader) as stream:
        for line in stream:
            yield line.rstrip("\r\n")


def iter_rows(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the records as dicts, read lazily.

    CSV: all values are text, as from `csv.DictReader` (missing cells are None, those too many are a list
    under None); without a header the names are ``column_1``, ``column_2``, … JSON lines: one object each.
    Text: ``{"line": text}``. Parquet: Python values.
    """
    columns: Sequence[str] = (reader or {}).get("columns") or ()
    rows = _all_rows(partition, folder, reader)
    if not columns or partition.format == "parquet":
        yield from rows
        return
    for row in rows:
        try:
            yield {name: row[name] for name in columns}
        except KeyError as error:
            raise AgilabError(
                f"{partition.source} has no column {error.args[0]!r}",
                hint=f"it has: {', '.join(map(str, row))}",
            ) from None


def _all_rows(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    if partition.format == "parquet":
        with UnreadableTold(partition):
            for batch in parquet_batches(partition, folder, reader):
                yield from batch.to_pylist()
    elif partition.format in {"csv", "tsv"}:
        with UnreadableTold(partition), open_text(partition, folder, reader) as stream:
            yield from _csv_rows(stream, partition, reader)
    elif partition.format == "jsonl":
        yield from json_objects(iter_lines(partition, folder, reader), partition)
    elif partition.format == "text":
        for line in iter_lines(partition, folder, reader):
            yield {"line": line}
    else:
        raise no_table(partition, "rows")


def _csv_rows(
    stream: Iterator[str], partition: Partition, reader: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    delimiter, quote, has_header = csv_options(partition, reader)
    quoting = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
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
