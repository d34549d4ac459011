"""What is read of an SQLite database, and in which order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_agilab.partition.formats.base import no_column
from jupyter_agilab.partition.formats.datasets import chosen_of

_ROW_IDS = ("rowid", "_rowid_", "oid")
_WAL = 2
_VERSION_PLACE = 18

Key = list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rows of a table or a query in the order of their keys.

    Attributes
    ----------
    name
        Of the table; ``query`` for a query.
    rows
        What stands behind FROM.
    columns
        All columns, in order.
    key
        What orders the rows: quoted names; empty where nothing does.
    is_unique
        Whether no two rows have the same key.
    unordered
        Why it cannot be cut; empty where there is a key.
    part
        What tells it from other parts of the database.
    stored
        The columns that a copy is filled with.
    definition
        The statement that makes an empty copy.
    """

    name: str
    rows: str
    columns: list[str]
    key: tuple[str, ...]
    is_unique: bool
    unordered: str
    part: dict[str, str]
    stored: list[str]
    definition: str

    def count(self, connection: sqlite3.Connection) -> int:
        """Give the number of rows."""
        (count,) = connection.execute(f"SELECT count(*) FROM {self.rows}").fetchone()  # noqa: S608  # quoted names, or the author's query
        return int(count)

    def cuts(self, connection: sqlite3.Connection, wanted: Sequence[int]) -> Iterator[tuple[int, Key]]:
        """Yield, for some numbers of rows, which rise, how many rows really come before, and the next key.

        Rows with the same key stay together, so there may be more rows before, and fewer cuts.
        """
        key = ", ".join(self.key)
        if self.is_unique:
            yield from self._steps(connection, wanted, key)
            return
        before, waiting = 0, list(wanted)
        groups = f"SELECT {key}, count(*) FROM {self.rows} GROUP BY {key} ORDER BY {key}"  # noqa: S608  # as above
        for *values, count in connection.execute(groups):
            if waiting and before >= waiting[0] and before:
                while waiting and waiting[0] <= before:
                    waiting.pop(0)
                yield before, _told(values)
            before += count

    def _steps(
        self, connection: sqlite3.Connection, wanted: Sequence[int], key: str
    ) -> Iterator[tuple[int, Key]]:
        place, values = 0, None
        for number in wanted:
            where, given = self._where(values, None)
            found = connection.execute(
                f"SELECT {key} FROM {self.rows}{where} ORDER BY {key} LIMIT 1 OFFSET ?",  # noqa: S608  # as above
                [*given, number - place],
            ).fetchone()
            if found is None:
                return
            place, values = number, _told(found)
            yield place, values

    def read(
        self, connection: sqlite3.Connection, columns: Sequence[str] | None, detail: Mapping[str, Any] | None
    ) -> tuple[list[str], sqlite3.Cursor]:
        """Start to read the rows between the keys of a partition's detail; gives the names, and the rows."""
        names = list(columns or self.columns)
        shown = ", ".join(
            name if name in _ROW_IDS and name not in self.columns else quoted(name) for name in names
        )
        where, given = self._where((detail or {}).get("from"), (detail or {}).get("until"))
        order = f" ORDER BY {', '.join(self.key)}" if self.key else ""
        return names, connection.execute(f"SELECT {shown} FROM {self.rows}{where}{order}", given)  # noqa: S608  # as above

    def _where(self, begin: Key | None, end: Key | None) -> tuple[str, list[Any]]:
        key, marks = f"({', '.join(self.key)})", f"({', '.join('?' * len(self.key))})"
        parts, given = [], []
        if begin is not None:
            parts.append(f"{key} >= {marks}")
            given += begin
        if end is not None:
            # rows without a key come first
            nothing = " OR ".join(f"{name} IS NULL" for name in self.key)
            parts.append(f"{key} < {marks}" if begin is not None else f"({key} < {marks} OR {nothing})")
            given += end
        return (" WHERE " + " AND ".join(parts) if parts else ""), given


def selection_of(connection: sqlite3.Connection, options: Mapping[str, Any], told: str) -> Selection:
    """Give what the options of ``[partition]`` say is read: a query, a table, or the only table there is.

    Raises
    ------
    AgilabError
        There is no such table, no such key, or several tables and none is named.
    ValueError
        The query is not a SELECT that can be read.
    """
    query, key = options.get("query"), options.get("key")
    if query:
        text = query.strip().rstrip(";")
        rows = f"(\n{text}\n)"
        columns = _columns(connection, rows)
        if key and key not in columns:
            raise no_column(f"the query of {told}", key, columns)
        return Selection(
            name="query",
            rows=rows,
            columns=columns,
            key=(quoted(key),) if key else (),
            is_unique=False,
            unordered="" if key else "a query is cut by ranges of a column, which `key` in [partition] names",
            part={"query": f"query {blake2b(text.encode(), digest_size=6).hexdigest()}"},
            stored=columns,
            definition=_plain_definition("query", columns),
        )
    return _table(connection, options.get("table"), key, told)


def _table(connection: sqlite3.Connection, asked: str | None, key: str | None, told: str) -> Selection:
    found = {
        name: (kind, sql or "")
        for name, kind, sql in connection.execute(
            "SELECT name, type, sql FROM sqlite_master "
            "WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
    }
    tables = [name for name, (kind, _) in found.items() if kind == "table"]
    name = chosen_of(list(found) if asked else tables, asked, told, "table", "table")
    kind, definition = found[name]
    rows, columns = quoted(name), _columns(connection, quoted(name))
    stored = [
        column
        for column, hidden in connection.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", [name])
        if not hidden
    ]
    row_id = _row_id(connection, rows, columns) if kind == "table" else ""
    primary = [
        quoted(column)
        for (column,) in connection.execute(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", [name]
        )
    ]
    if key and key not in columns:
        raise no_column(f"the table {name} of {told}", key, columns)
    ordered = (quoted(key),) if key else (row_id,) if row_id else tuple(primary)
    is_unique = not key or (primary == [quoted(key)] and not row_id)
    is_copied = kind == "table" and not definition.upper().startswith("CREATE VIRTUAL")
    has_own_id = bool(row_id) and not any(_is_row_id(connection, name, column) for column in primary)
    return Selection(
        name=name,
        rows=rows,
        columns=columns,
        key=ordered,
        is_unique=is_unique,
        unordered=""
        if ordered
        else "its rows have no ids; `key` in [partition] can name a column to cut by ranges of",
        part={"table": name},
        stored=[row_id, *stored] if is_copied and has_own_id else (stored if is_copied else columns),
        definition=definition if is_copied else _plain_definition(name, columns),
    )


def _row_id(connection: sqlite3.Connection, rows: str, columns: Sequence[str]) -> str:
    """Give a name of the row id that no column has; empty where the table has none."""
    taken = {column.lower() for column in columns}
    name = next((name for name in _ROW_IDS if name not in taken), "")
    try:
        connection.execute(f"SELECT {name} FROM {rows} LIMIT 0")  # noqa: S608  # as above
    except sqlite3.OperationalError:
        return ""
    return name


def _is_row_id(connection: sqlite3.Connection, table: str, column: str) -> bool:
    """Whether a primary key is the row id itself."""
    found = connection.execute(
        "SELECT count(*), max(upper(type)) FROM pragma_table_info(?) WHERE pk > 0", [table]
    ).fetchone()
    return bool(column) and tuple(found) == (1, "INTEGER")


def _columns(connection: sqlite3.Connection, rows: str) -> list[str]:
    return [item[0] for item in connection.execute(f"SELECT * FROM {rows} LIMIT 0").description]  # noqa: S608  # as above


def _plain_definition(name: str, columns: Sequence[str]) -> str:
    return f"CREATE TABLE {quoted(name)} ({', '.join(map(quoted, columns))})"


def _told(values: Sequence[Any]) -> Key:
    for value in values:
        if isinstance(value, bytes):
            raise ValueError("its key holds BLOBs, by which it cannot be cut")
    return list(values)


def quoted(name: str) -> str:
    """Give a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _has_changes(beside: Path) -> bool:
    """Whether a log of changes holds any; one that is kept for later begins with zeros."""
    try:
        with beside.open("rb") as stream:
            return any(stream.read(8))
    except OSError:
        return False


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database to read it; no file is made or changed, not even one of SQLite's own.

    Raises
    ------
    ValueError
        It cannot be read, or there are changes that are not in the file itself.
    """
    for suffix in ("-wal", "-journal"):
        beside = path.with_name(path.name + suffix)
        if _has_changes(beside):
            raise ValueError(
                f"changes to it are in {beside.name}: close the programs that write to it, or run PRAGMA "
                "wal_checkpoint(TRUNCATE)"
            )
    with path.open("rb") as stream:
        head = stream.read(_VERSION_PLACE + 2)
    # in this mode even readers make files, unless the database is said not to change
    still = "&immutable=1" if head[_VERSION_PLACE:].startswith(bytes([_WAL])) else ""
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro{still}", uri=True)
        try:
            connection.execute("PRAGMA query_only = 1")
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ValueError(str(error)) from error
