"""Arrow IPC files (Feather): cut at row numbers; only batches and columns that are asked for are read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece
from jupyter_agilab.partition.formats.row_cuts import RowCutter
from jupyter_agilab.partition.formats.table_format import TableFormat, all_columns, pandas_index
from jupyter_agilab.partition.slices import Pieces
from jupyter_agilab.partition.source import ByteFile, InputFile, unreadable
from jupyter_agilab.partition.stores import RemoteRaw, is_url

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC: Final = b"ARROW1"


class ArrowIpc(TableFormat):
    """``arrow``: the file format; a stream is read from its beginning."""

    name: ClassVar[str] = "arrow"

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter, or say that the file is a stream."""
        with ByteFile(look.file, look.folder) as opened:
            head = opened.read(0, len(_MAGIC))
        if head == _MAGIC:
            return ArrowCutter(look.file, look.folder)
        if head.startswith(b"FEA1"):
            return "it is a Feather file of the first version; write it again to have it cut"
        return "it is an Arrow stream, which is read from its beginning; an Arrow file can be cut"

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the rows as a pyarrow Table."""
        import pyarrow as pa

        with _Opened(piece.source, piece.folder, piece) as opened:
            batches = list(self._chosen(opened, piece))
            schema = opened.chosen_schema
            return pa.Table.from_batches(batches, schema) if batches else schema.empty_table()

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        """Yield the rows in the file's batches."""
        with _Opened(piece.source, piece.folder, piece) as opened:
            yield from self._chosen(opened, piece)

    @staticmethod
    def _chosen(opened: _Opened, piece: Piece) -> Iterator[pa.RecordBatch]:
        """Yield the rows with their columns in the order in which they are asked for."""
        for batch in opened.batches(piece):
            yield batch.select(opened.chosen_schema.names) if opened.is_chosen else batch

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write the rows, all columns of them, as an Arrow file."""
        import pyarrow as pa

        table = self.arrow(all_columns(piece))
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)


class _Opened:
    """An Arrow file or stream that is open; a local file is mapped, so that only what is used is read."""

    def __init__(self, source: str, folder: Path, piece: Piece | None) -> None:
        import pyarrow as pa

        self._stack = ExitStack()
        with ExitStack() as stack:
            stream = stack.enter_context(
                RemoteRaw(source) if is_url(source) else pa.memory_map(str(folder / source))
            )
            self.is_file = stream.read(len(_MAGIC)) == _MAGIC
            stream.seek(0)
            opening = pa.ipc.open_file if self.is_file else pa.ipc.open_stream
            reader: Any = stack.enter_context(opening(stream))
            names = reader.schema.names
            chosen = None if piece is None else _columns(piece, reader.schema)
            self.is_chosen = chosen is not None
            self.chosen_schema: pa.Schema = reader.schema
            if piece is None or chosen is not None:
                # one column is enough to know the rows
                wanted = names[:1] if chosen is None else chosen
                included = [place for place, name in enumerate(names) if name in wanted]
                if piece is not None:
                    self.chosen_schema = pa.schema(
                        [reader.schema.field(name) for name in wanted], reader.schema.metadata
                    )
                stream.seek(0)
                options = pa.ipc.IpcReadOptions(included_fields=included)
                reader = stack.enter_context(opening(stream, options=options))
            self.reader = reader
            self._stack = stack.pop_all()

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def group_ends(self) -> list[int]:
        """Give the number of rows up to the end of each batch."""
        batches = range(self.reader.num_record_batches)
        return list(accumulate(self.reader.get_batch(number).num_rows for number in batches))

    def batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a piece."""
        if not self.is_file or piece.is_whole:
            yield from self._all()
            return
        ends = list((piece.partition.detail or {}).get("batches", ()))
        start, stop = piece.partition.start, piece.partition.stop
        first, before = ends
        place = before
        for number in range(first, self.reader.num_record_batches):
            if place >= stop:
                return
            batch = self.reader.get_batch(number)
            begin, end = max(start - place, 0), min(stop - place, batch.num_rows)
            place += batch.num_rows
            if end > begin:
                yield batch.slice(begin, end - begin)
        if place < stop:
            raise AgilabError(
                f"{piece.told} has fewer rows than when it was planned", hint="plan and run again"
            )

    def _all(self) -> Iterator[pa.RecordBatch]:
        if self.is_file:
            yield from (self.reader.get_batch(number) for number in range(self.reader.num_record_batches))
        else:
            yield from self.reader


def _columns(piece: Piece, schema: pa.Schema) -> list[str] | None:
    columns = piece.chosen(schema.names)
    return columns if columns is None or piece.columns else pandas_index(columns, schema)


class ArrowCutter:
    """Cuts one Arrow file at row numbers; of each batch one column is read, when it is needed.

    All methods raise `PlanError` where the file is not Arrow or cannot be read.
    """

    def __init__(self, file: InputFile, folder: Path) -> None:
        self._file = file
        self._folder = folder

    @cached_property
    def _ends(self) -> list[int]:
        import pyarrow as pa

        try:
            with _Opened(self._file.source, self._folder, None) as opened:
                return opened.group_ends()
        except (OSError, pa.ArrowException) as error:
            raise unreadable(self._file.source, error) from error

    def row_count(self) -> int:
        """Give the number of rows."""
        return self._ends[-1] if self._ends else 0

    def by_size(self, wanted: int) -> Pieces:
        """Cut into at most `wanted` pieces of near equal length, at ends of batches where near."""
        return self._located(RowCutter(self.row_count(), ends=self._ends).by_size(wanted))

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Cut exactly at `bounds`."""
        return self._located(RowCutter(self.row_count()).by_rows(bounds))

    def _located(self, pieces: Pieces) -> Pieces:
        """Say of each piece in which batch it begins, and how many rows are before that."""
        starts = [0, *self._ends]
        places = [bisect_right(self._ends, start) for start in pieces.bounds[:-1]]
        details = [{"batches": [place, starts[place]]} for place in places]
        return Pieces("rows", pieces.bounds, details=details)


FORMATS: Final[dict[str, Format]] = {"arrow": ArrowIpc()}
