"""Staging the rows of SQLite, whose values each have a type of their own: as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition.formats.sqlite_rows import connected, selection_of
from jupyter_agilab.partition.source import unreadable
from jupyter_agilab.partition.staged.store import RecordWriter
from jupyter_agilab.partition.staged.table import Built, Progress, Table, not_nan, place_of, refused
from jupyter_agilab.partition.staged.units import Units

_ROWS_AT_ONCE = 20_000


def stage_records(table: Table, directory: Path, files: ExitStack) -> Built:
    """Read all rows, and write them by unit."""
    units, told = Units(table.rule, not_nan), Progress(table)
    writer = RecordWriter(directory, files)
    options = {name: getattr(table.options, name) for name in ("table", "query", "key")}
    names: list[str] | None = None
    kinds: list[set[str]] = []
    definition: dict[str, Any] = {}
    for file in table.files:
        try:
            with connected(table.folder / file.source) as connection:
                selection = selection_of(connection, options, file.source)
                found, cursor = selection.read(connection, None, None)
                if names is None:
                    names = found
                    kinds = [set() for _ in names]
                    definition = {"name": selection.name, "definition": selection.definition}
                if found != names:
                    raise refused(file, f"its columns are not those of {table.files[0].source}")
                places = [place_of(name, names, table, file) for name in table.rule.columns]
                for rows in _fetched(cursor):
                    for kind, column in zip(kinds, zip(*rows, strict=True), strict=True):
                        kind.update(each.__name__ for each in set(map(type, column)))
                    keys = [tuple([row[place] for place in places]) for row in rows]
                    numbers = units.numbers(keys, writer.count)
                    writer.add([_record(row) for row in rows], numbers)
                    told.at(0)
        except (ValueError, OSError) as error:
            raise unreadable(file.source, error) from error
        except PlanError:
            raise
        except AgilabError as error:
            raise refused(file, error.message) from error
        told.file_done(file)
    header = {
        "rows": writer.count,
        "columns": names or [],
        "types": [sorted(kind) for kind in kinds],
        **definition,
    }
    return units, writer.extents, writer.close(), header


def _fetched(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield rows


def _record(row: tuple[Any, ...]) -> bytes:
    return json.dumps(row, default=_plain, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> dict[str, str]:
    return {"bytes": bytes(value).hex()}
