"""Reading exactly one partition, in the form that a function asks for.

A byte range is read as if it were a file of its own: the header, where the format has one, and then the
range. What these functions take as `reader` are the options of ``[partition]``: ``delimiter``, ``quotechar``,
``encoding``, ``header``, ``columns``, … Every function raises `OSError` where the file cannot be read, and
`AgilabError` where it is not as it was planned or cannot be had in this form.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jupyter_agilab.partition.formats.base import no_form
from jupyter_agilab.partition.hand import in_hand
from jupyter_agilab.partition.stores import is_url
from jupyter_agilab.partition.streams import open_bytes, open_text, refuse_parameters
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.partition.unreadable import UnreadableTold, tells_unreadable
from jupyter_agilab.private_folder import private_folder

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    Options = Mapping[str, Any] | None

__all__ = [
    "array",
    "arrow_table",
    "dataset",
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
def temporary_file(partition: Partition, folder: str | Path, reader: Options = None) -> Iterator[Path]:
    """Give a file that holds exactly the partition: its source, or a private copy that is removed at the end.

    The copy's name is the source's with the range in it (``flights-1048576-2097152.csv``), so that a function
    that names its output after its input does not collide with itself. A member of an archive keeps its name.
    """
    refuse_parameters(partition)
    if partition.kind == "file" and not is_url(partition.source):
        yield Path(folder) / partition.source
        return
    if partition.kind == "member":
        from jupyter_agilab.partition.members import extracted

        with extracted(partition, folder) as path:
            yield path
        return
    with private_folder() as private:
        copy = private / _name_of(partition)
        if partition.kind == "rows":
            with UnreadableTold(partition), in_hand(partition, folder, reader) as (form, piece):
                form.write(piece, copy)
        else:
            with copy.open("xb") as out, open_bytes(partition, folder) as stream:
                shutil.copyfileobj(stream, out, _COPIED_BYTES)
        yield copy


def _name_of(partition: Partition) -> str:
    name = PurePosixPath(partition.source.partition("?")[0] if is_url(partition.source) else partition.source)
    if partition.kind == "file":
        return name.name
    stem, suffix = name.stem, name.suffix
    if "frames" in (partition.detail or {}):
        # the copy is not compressed
        stem, suffix = PurePosixPath(stem).stem, PurePosixPath(stem).suffix
    return f"{stem}-{partition.start}-{partition.stop}{suffix}"


def iter_lines(partition: Partition, folder: str | Path, reader: Options = None) -> Iterator[str]:
    """Yield the lines without their line ends, read lazily; of a CSV range the header is the first."""
    # universal line ends also where a CSV file is asked for its lines
    with UnreadableTold(partition), in_hand(partition, folder, reader) as (form, piece):
        if not form.has_lines:
            raise no_form(piece, "lines")
        with open_text(piece.partition, piece.folder, reader) as stream:
            for line in stream:
                yield line.rstrip("\r\n")


def iter_rows(partition: Partition, folder: str | Path, reader: Options = None) -> Iterator[dict[str, Any]]:
    """Yield the records as dicts, read lazily.

    CSV: all values are text, as from `csv.DictReader` (missing cells are None, those too many are a list
    under None); without a header the names are ``column_1``, ``column_2``, … JSON: one object each. Text:
    ``{"line": text}``. FASTA and FASTQ: ``id``, ``description``, ``sequence``, ``quality``. Tables: Python
    values.
    """
    with UnreadableTold(partition), in_hand(partition, folder, reader) as (form, piece):
        yield from form.rows(piece)


@tells_unreadable
def pandas_frame(partition: Partition, folder: str | Path, reader: Options = None) -> pd.DataFrame:
    """Read a partition into a pandas DataFrame.

    Where the format has no types, they are inferred from the partition's own rows, so they may differ between
    partitions of one file. JSON keeps the types that it has. Plain text has one column, ``line``.
    """
    with in_hand(partition, folder, reader) as (form, piece):
        return form.pandas(piece)


@tells_unreadable
def polars_frame(partition: Partition, folder: str | Path, reader: Options = None) -> pl.DataFrame:
    """Read a partition into a polars DataFrame; types are inferred as by `pandas_frame`."""
    with in_hand(partition, folder, reader) as (form, piece):
        return form.polars(piece)


@tells_unreadable
def arrow_table(partition: Partition, folder: str | Path, reader: Options = None) -> pa.Table:
    """Read a partition into a pyarrow Table; types are inferred as by `pandas_frame`."""
    with in_hand(partition, folder, reader) as (form, piece):
        return form.arrow(piece)


@tells_unreadable
def array(partition: Partition, folder: str | Path, reader: Options = None) -> np.ndarray[Any, Any]:
    """Read a partition of a file of arrays into a NumPy array, the first axis along the records."""
    with in_hand(partition, folder, reader) as (form, piece):
        return form.array(piece)


@tells_unreadable
def dataset(partition: Partition, folder: str | Path, reader: Options = None) -> Any:
    """Read a partition of a file of arrays into an ``xarray.Dataset``, in memory."""
    with in_hand(partition, folder, reader) as (form, piece):
        return form.dataset(piece)
