"""Formats whose files are records one after another: a byte range between two of them is a file too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_agilab.partition.dialect import why_not_bytewise
from jupyter_agilab.partition.formats import from_rows
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece
from jupyter_agilab.partition.heads import why_not_text
from jupyter_agilab.partition.record_cuts import RecordCutter, Records

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class RecordFormat(Format, ABC):
    """A format of text whose records can be found in its bytes.

    A subclass gives `records_of`, and `rows` if a record can be a dict; tables are then made of those.
    """

    is_decompressed: ClassVar[bool] = True
    signs: ClassVar[str] = ""
    """Characters besides line ends that records are found by."""

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of a file, or why it cannot be cut."""
        problem = why_not_text(look.head) or why_not_bytewise(look.table.encoding, self.signs)
        if problem:
            return problem
        records = self.records_of(look)
        return records if isinstance(records, str) else RecordCutter(look.open, records)

    @abstractmethod
    def records_of(self, look: Look) -> Records | str:
        """Give where the records of a file begin and end, or why it cannot be cut."""

    def rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the records as dicts, read lazily; those of `columns` where the contract names some."""
        rows = self.all_rows(piece)
        return from_rows.chosen(rows, piece) if piece.columns else rows

    def all_rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the records as dicts, with everything in them."""
        return super().rows(piece)

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the records as a pandas DataFrame."""
        return from_rows.pandas_frame(self.all_rows(piece), piece)

    def polars(self, piece: Piece) -> pl.DataFrame:
        """Give the records as a polars DataFrame."""
        return from_rows.polars_frame(self.all_rows(piece), piece)

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the records as a pyarrow Table."""
        return from_rows.arrow_table(self.all_rows(piece), piece)


class ParsedFormat(RecordFormat):
    """A format of text that pandas, polars and pyarrow have parsers of their own for."""

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the records as a pandas DataFrame."""
        from jupyter_agilab.partition.tables import pandas_frame

        return pandas_frame(piece)

    def polars(self, piece: Piece) -> pl.DataFrame:
        """Give the records as a polars DataFrame."""
        from jupyter_agilab.partition.tables import polars_frame

        return polars_frame(piece)

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the records as a pyarrow Table."""
        from jupyter_agilab.partition.tables import arrow_table

        return arrow_table(piece)
