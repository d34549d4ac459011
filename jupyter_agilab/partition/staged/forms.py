"""Reading a partition of a staged table, in every form that its own format can give.

The types of columns are those that the whole table has.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from jupyter_agilab.partition.formats.base import Format, Piece
from jupyter_agilab.partition.formats.delimited import Delimited
from jupyter_agilab.partition.formats.sqlite import Sqlite
from jupyter_agilab.partition.formats.table_format import TableFormat, all_columns, pandas_index
from jupyter_agilab.partition.staged.opening import open_records, opened, pages_in
from jupyter_agilab.partition.staged.store import records_of
from jupyter_agilab.partition.types import Partition

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_BUFFER_BYTES = 1 << 20


def staged_form(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None
) -> tuple[Format, Piece]:
    """Give the format of a partition of a staged table, and the partition as that can read it.

    Raises
    ------
    AgilabError
        The staged table is gone.
    """
    # here `columns` says what rows are grouped by
    options = {name: value for name, value in (reader or {}).items() if name != "columns"}
    _, header = opened(partition, folder)
    if header["form"] == "text":
        types = dict(zip(header["columns"], header["types"], strict=True))
        options["column_types"] = types if len(types) == len(header["columns"]) else {}
    piece = Piece(partition, Path(folder), options, partition.describe())
    form = StagedText(partition.format) if header["form"] == "text" else STAGED[header["form"]]
    return form, piece


class StagedText(Delimited):
    """Rows of CSV; they are the text that they were."""

    def write(self, piece: Piece, path: Path) -> None:
        """Write the rows as a file of their own."""
        with path.open("xb") as out:
            self.write_bytes(piece, out)

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write the rows, with the header before them."""
        with open_records(piece.partition, piece.folder) as stream:
            shutil.copyfileobj(stream, out, _BUFFER_BYTES)


class StagedTable(TableFormat):
    """Rows of Parquet and Arrow files."""

    name: ClassVar[str] = "parquet"

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the rows as a pyarrow Table."""
        import pyarrow as pa

        from jupyter_agilab.partition.staged.table_pages import rows_of

        directory, header = opened(piece.partition, piece.folder)
        schema = pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(header["schema_bytes"])))
        chosen = piece.chosen(schema.names)
        if chosen is not None:
            chosen = pandas_index(chosen, schema)
        return rows_of(directory, pages_in(directory, piece.partition), chosen, schema)

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the rows as a pandas DataFrame: a column that lacks values elsewhere has the type for that."""
        frame = super().pandas(piece)
        _, header = opened(piece.partition, piece.folder)
        for name in header["lacking"]:
            if name in frame.columns:
                kind = frame[name].dtype.kind if hasattr(frame[name].dtype, "kind") else ""
                if not _is_plain(frame[name]):
                    continue
                if kind in "iu":
                    frame[name] = frame[name].astype("float64")
                elif kind == "b":
                    frame[name] = frame[name].astype(object)
        return frame

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write the rows, all columns of them, as a file of the source's format."""
        import pyarrow as pa
        import pyarrow.parquet

        table = self.arrow(all_columns(piece))
        if piece.partition.format == "parquet":
            pyarrow.parquet.write_table(table, out)
            return
        with pa.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)


def _is_plain(column: Any) -> bool:
    """Whether a column has a type of NumPy, which cannot lack whole numbers and truth values."""
    import numpy as np

    return isinstance(column.dtype, np.dtype)


class StagedRecords(Sqlite):
    """Rows of SQLite, with the types that SQLite stores."""

    def _rows(self, piece: Piece) -> Iterator[tuple[Any, ...]]:
        directory, _ = opened(piece.partition, piece.folder)
        for records in records_of(directory, pages_in(directory, piece.partition)):
            for row in json.loads(b"[" + b",".join(records) + b"]", object_hook=_value):
                yield tuple(row)

    def _chosen(self, piece: Piece) -> tuple[list[str], list[list[str]], list[tuple[Any, ...]]]:
        header = opened(piece.partition, piece.folder)[1]
        names, kinds = header["columns"], header["types"]
        rows = list(self._rows(piece))
        chosen = piece.chosen(names)
        if chosen is None:
            return names, kinds, rows
        places = [names.index(name) for name in chosen]
        return (
            chosen,
            [kinds[place] for place in places],
            [tuple([row[place] for place in places]) for row in rows],
        )

    def rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the rows with the types that SQLite stores."""
        names = opened(piece.partition, piece.folder)[1]["columns"]
        for row in self._rows(piece):
            yield dict(zip(names, row, strict=True))

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the rows as a pandas DataFrame."""
        import pandas as pd

        names, kinds, rows = self._chosen(piece)
        # whole columns have whatever type pandas gives to one value of each kind that they hold
        samples = [tuple([_SAMPLES[kind] for kind in kinds[place]]) for place in range(len(names))]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
        made = []
        for column, sample in zip(columns, samples, strict=True):
            both = pd.DataFrame.from_records([(value,) for value in (*column, *sample)], columns=["value"])
            made.append(both["value"].iloc[: len(column)])
        frame = pd.concat(made, axis=1) if made else pd.DataFrame()
        frame.columns = pd.Index(names)
        return frame

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the rows as a pyarrow Table; a column has one type."""
        import pyarrow as pa

        names, kinds, rows = self._chosen(piece)
        types = [pa.array([_SAMPLES[kind] for kind in each] or [None]).type for each in kinds]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
        return pa.table(
            [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names=names
        )

    def write(self, piece: Piece, path: Path) -> None:
        """Write the rows as a database with a table of the same definition, without indexes and triggers."""
        import sqlite3

        from jupyter_agilab.partition.formats.sqlite_rows import quoted

        header = opened(piece.partition, piece.folder)[1]
        target = sqlite3.connect(path)
        try:
            target.execute(header["definition"])
            stored = {
                name
                for (name,) in target.execute(
                    "SELECT name FROM pragma_table_xinfo(?) WHERE NOT hidden", [header["name"]]
                )
            }
            places = [place for place, name in enumerate(header["columns"]) if name in stored]
            names = ", ".join(quoted(header["columns"][place]) for place in places)
            marks = ", ".join("?" * len(places))
            insert = f"INSERT INTO {quoted(header['name'])} ({names}) VALUES ({marks})"  # noqa: S608  # names are quoted
            target.executemany(insert, ([row[place] for place in places] for row in self._rows(piece)))
            target.commit()
        finally:
            target.close()


_SAMPLES: Mapping[str, Any] = {"NoneType": None, "int": 1, "float": 0.5, "str": "a", "bytes": b"a"}


def _value(value: dict[str, str]) -> bytes:
    return bytes.fromhex(value["bytes"])


STAGED: Final[Mapping[str, Format]] = {"table": StagedTable(), "records": StagedRecords()}
