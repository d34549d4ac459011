"""Formats of tables with types, read by way of pyarrow."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_agilab.partition.formats.base import Format, Piece, missing_library

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class TableFormat(Format, ABC):
    """A format that gives its rows as a pyarrow Table; a subclass has `arrow` and mostly `batches`."""

    records: ClassVar[str] = "rows"
    has_lines: ClassVar[bool] = False

    @abstractmethod
    def arrow(self, piece: Piece) -> pa.Table:
        """Give the rows as a pyarrow Table, with the file's schema also where there are none."""

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches, read lazily where that can be."""
        yield from self.arrow(piece).to_batches()

    def rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the rows with Python values."""
        for batch in self.batches(piece):
            yield from batch.to_pylist()

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the rows as a pandas DataFrame."""
        try:
            import pandas  # noqa: F401  # pyarrow's own error says less
        except ImportError as error:
            raise missing_library("pandas", "pandas", "the function asks for a pandas DataFrame") from error
        frame: pd.DataFrame = self.arrow(piece).to_pandas()
        return frame

    def polars(self, piece: Piece) -> pl.DataFrame:
        """Give the rows as a polars DataFrame."""
        try:
            import polars as pl
        except ImportError as error:
            raise missing_library("polars", "polars", "the function asks for a polars DataFrame") from error
        frame = pl.from_arrow(self.arrow(piece))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def write(self, piece: Piece, path: Path) -> None:
        """Write the rows as a file of their own."""
        with path.open("xb") as out:
            self.write_bytes(piece, out)


def all_columns(piece: Piece) -> Piece:
    """Give the same piece with nothing said about columns: a file has them all."""
    options = {
        name: value for name, value in piece.options.items() if name not in {"columns", "used_columns"}
    }
    return Piece(piece.partition, piece.folder, options, piece.told)


def pandas_index(columns: list[str], schema: pa.Schema) -> list[str] | None:
    """Add what pandas keeps as the index to the columns that a function names, in the file's order.

    None where pandas has columns of several levels, whose names are not those of the file.
    """
    try:
        told = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        if len(told.get("column_indexes") or [None]) > 1:
            return None
        index = {name for name in told.get("index_columns", ()) if isinstance(name, str)}
    except (ValueError, AttributeError, TypeError):
        return None
    return [name for name in schema.names if name in index or name in columns]
