"""SQLite: a table or a query, cut into ranges of row ids or of a key. The database is never written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece
from jupyter_agilab.partition.formats.datasets import refused
from jupyter_agilab.partition.formats.sqlite_rows import Selection, connected, quoted, selection_of
from jupyter_agilab.partition.formats.table_format import TableFormat, all_columns
from jupyter_agilab.partition.slices import Pieces
from jupyter_agilab.partition.source import ByteFile, unreadable
from jupyter_agilab.partition.stores import is_url

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_MAGIC: Final = b"SQLite format 3\0"


class Sqlite(TableFormat):
    """``sqlite``."""

    name: ClassVar[str] = "sqlite"
    is_local: ClassVar[bool] = True

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of the table or query that is meant, or why it cannot be cut."""
        with ByteFile(look.file, look.folder) as opened:
            if opened.read(0, len(_MAGIC)) != _MAGIC:
                return "it is no SQLite database"
        if is_url(look.file.source):
            return "it is behind a URL, and SQLite reads local files"
        path, table = look.folder / look.file.source, look.table
        options = {"table": table.table, "query": table.query, "key": table.key}
        try:
            with connected(path) as connection:
                selection = selection_of(connection, options, look.file.source)
        except ValueError as error:
            raise unreadable(look.file.source, error) from error
        except AgilabError as error:
            raise refused(error, look.file.source, "query" if table.query else "table") from error
        return selection.unordered or SqliteCutter(path, look.file.source, selection)

    def rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the rows with the types that SQLite stores."""
        with connected(piece.path) as connection:
            names, cursor = _read(connection, piece)
            for row in cursor:
                yield dict(zip(names, row, strict=True))

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the rows as a pandas DataFrame."""
        import pandas as pd

        with connected(piece.path) as connection:
            names, cursor = _read(connection, piece)
            return pd.DataFrame.from_records(cursor.fetchall(), columns=names)

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the rows as a pyarrow Table; a column has one type."""
        import pyarrow as pa

        with connected(piece.path) as connection:
            names, cursor = _read(connection, piece)
            rows = cursor.fetchall()
        try:
            return pa.table(
                [pa.array([row[place] for row in rows]) for place in range(len(names))], names=names
            )
        except TypeError as error:
            raise ValueError(str(error)) from error

    def write(self, piece: Piece, path: Path) -> None:
        """Write the rows as a database with a table of the same definition, without indexes and triggers."""
        with connected(piece.path) as connection:
            selection = _selection(connection, piece)
            columns = selection.stored
            _, cursor = selection.read(connection, columns, piece.partition.detail)
            target = sqlite3.connect(path)
            try:
                target.execute(selection.definition)
                names = ", ".join(quoted(name) for name in columns)
                marks = ", ".join("?" * len(columns))
                insert = f"INSERT INTO {quoted(selection.name)} ({names}) VALUES ({marks})"  # noqa: S608  # names are quoted
                target.executemany(insert, cursor)
                target.commit()
            finally:
                target.close()

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write the rows as the bytes of such a database."""
        from jupyter_agilab.private_folder import private_folder

        with private_folder() as private:
            self.write(all_columns(piece), private / "a.sqlite")
            out.write((private / "a.sqlite").read_bytes())


def _selection(connection: sqlite3.Connection, piece: Piece) -> Selection:
    return selection_of(connection, piece.options, piece.told)


def _read(connection: sqlite3.Connection, piece: Piece) -> tuple[list[str], sqlite3.Cursor]:
    selection = _selection(connection, piece)
    return selection.read(connection, piece.chosen(selection.columns), piece.partition.detail)


class SqliteCutter:
    """Cuts one table or query where its keys, in their order, have reached a number of rows.

    All methods raise `PlanError` where the database cannot be read.
    """

    def __init__(self, path: Path, source: str, selection: Selection) -> None:
        self._path = path
        self._source = source
        self._selection = selection
        self._rows = -1

    def row_count(self) -> int:
        """Give the number of rows."""
        if self._rows < 0:
            try:
                with connected(self._path) as connection:
                    self._rows = self._selection.count(connection)
            except ValueError as error:
                raise unreadable(self._source, error) from error
        return self._rows

    def by_size(self, wanted: int) -> Pieces:
        """Cut into at most `wanted` pieces of near equal numbers of rows."""
        rows = self.row_count()
        wanted = max(1, min(wanted, rows))
        return self.by_rows([rows * number // wanted for number in range(wanted + 1)])

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Cut at `bounds`; where several rows have the same key, after the last of them."""
        try:
            with connected(self._path) as connection:
                cuts = list(self._selection.cuts(connection, bounds[1:-1]))
        except ValueError as error:
            raise unreadable(self._source, error) from error
        numbers = [0, *(number for number, _ in cuts), self.row_count()]
        keys = [None, *(key for _, key in cuts), None]
        details = [{"of": self._selection.part, "from": begin, "until": end} for begin, end in pairwise(keys)]
        return Pieces("rows", numbers, details=details)


FORMATS: Final[dict[str, Format]] = {"sqlite": Sqlite()}
