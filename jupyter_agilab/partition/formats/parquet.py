"""Parquet: cut at row numbers; only row groups and columns that are asked for are read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece
from jupyter_agilab.partition.formats.row_cuts import RowCutter
from jupyter_agilab.partition.formats.table_format import TableFormat, all_columns, pandas_index
from jupyter_agilab.partition.slices import Pieces
from jupyter_agilab.partition.source import InputFile, unreadable
from jupyter_agilab.partition.stores import RemoteRaw, is_url

if TYPE_CHECKING:
    import pyarrow as pa


class Parquet(TableFormat):
    """``parquet``."""

    name: ClassVar[str] = "parquet"

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter; the footer is read when it is needed."""
        return ParquetCutter(look.file, look.folder)

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the rows as a pyarrow Table."""
        import pyarrow as pa

        with _opened(piece.source, piece.folder) as file:
            schema = file.schema_arrow
            columns = _columns(piece, schema)
            if columns is not None:
                schema = pa.schema([schema.field(name) for name in columns], schema.metadata)
            batches = list(_batches(file, piece, columns))
            table = pa.Table.from_batches(batches) if batches else schema.empty_table()
            # they come in the file's order
            table = table if columns is None else table.select(columns)
            return table.replace_schema_metadata(schema.metadata)

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches, one row group at a time."""
        with _opened(piece.source, piece.folder) as file:
            columns = _columns(piece, file.schema_arrow)
            for batch in _batches(file, piece, columns):
                yield batch if columns is None else batch.select(columns)

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write the rows, all columns of them, as a Parquet file."""
        import pyarrow.parquet

        pyarrow.parquet.write_table(self.arrow(all_columns(piece)), out)


@contextmanager
def _opened(source: str, folder: Path) -> Iterator[pa.parquet.ParquetFile]:
    import pyarrow.parquet

    if is_url(source):
        # ranges that lie close together are asked for in one request
        with RemoteRaw(source) as raw, pyarrow.parquet.ParquetFile(raw, pre_buffer=True) as file:
            yield file
        return
    with pyarrow.parquet.ParquetFile(folder / source) as file:
        yield file


def _columns(piece: Piece, schema: pa.Schema) -> list[str] | None:
    columns = piece.chosen(schema.names)
    return columns if columns is None or piece.columns else pandas_index(columns, schema)


def _batches(
    file: pa.parquet.ParquetFile, piece: Piece, columns: list[str] | None
) -> Iterator[pa.RecordBatch]:
    rows = file.metadata.num_rows
    start, stop = (0, rows) if piece.is_whole else (piece.partition.start, piece.partition.stop)
    if stop > rows:
        raise AgilabError(
            f"{piece.source} has fewer rows than when it was planned", hint="plan and run again"
        )
    if stop <= start:
        return
    ends = _group_ends(file)
    first, last = bisect_right(ends, start), bisect_right(ends, stop - 1)
    place = ends[first - 1] if first else 0
    groups = list(range(first, min(last + 1, len(ends))))
    for batch in file.iter_batches(row_groups=groups, columns=columns):
        if place >= stop:
            break
        begin, end = max(start - place, 0), min(stop - place, batch.num_rows)
        place += batch.num_rows
        if end > begin:
            yield batch.slice(begin, end - begin)


def _group_ends(file: pa.parquet.ParquetFile) -> list[int]:
    groups = range(file.num_row_groups)
    return list(accumulate(file.metadata.row_group(number).num_rows for number in groups))


class ParquetCutter:
    """Cuts one Parquet file at row numbers; only its footer is read, when it is needed.

    All methods raise `PlanError` where the file is not Parquet or cannot be read.
    """

    def __init__(self, file: InputFile, folder: Path) -> None:
        self._file = file
        self._folder = folder

    @cached_property
    def _cutter(self) -> RowCutter:
        import pyarrow

        try:
            with _opened(self._file.source, self._folder) as file:
                ends = _group_ends(file)
        except (OSError, pyarrow.ArrowException) as error:
            raise unreadable(self._file.source, error) from error
        return RowCutter(ends[-1] if ends else 0, ends=ends)

    def row_count(self) -> int:
        """Give the number of rows."""
        return self._cutter.row_count()

    def by_size(self, wanted: int) -> Pieces:
        """Cut into at most `wanted` pieces of near equal length, at ends of row groups where near."""
        return self._cutter.by_size(wanted)

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Cut exactly at `bounds`."""
        return self._cutter.by_rows(bounds)


FORMATS: Final[dict[str, Format]] = {"parquet": Parquet()}
