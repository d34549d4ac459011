"""Staging a table: read once from its beginning to its end, and written by unit."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.formats.base import Piece
from jupyter_agilab.partition.source import InputFile, unreadable
from jupyter_agilab.partition.staged.build_records import stage_records
from jupyter_agilab.partition.staged.place import make, read_header, staged_directory
from jupyter_agilab.partition.staged.store import Extents, RecordWriter, packed, synced, write_groups
from jupyter_agilab.partition.staged.table import (
    SCHEMA,
    Built,
    Progress,
    Table,
    not_nan,
    place_of,
    refused,
    whole_partition,
)
from jupyter_agilab.partition.staged.units import Group, Units, unit_digest
from jupyter_agilab.partition.staged.values import known

if TYPE_CHECKING:
    import pyarrow as pa

UNITS: Final = "units.bin"
UNIT_DIGESTS: Final = "unit_digests.bin"
FORMS: Final = {"csv": "text", "tsv": "text", "parquet": "table", "arrow": "table", "sqlite": "records"}
"""The formats whose tables can be staged, and how they are."""


def staged(table: Table) -> tuple[Path, dict[str, Any]]:
    """Give where a table is staged, and the header; stages it unless it is there.

    Blocks as long as it takes to read the table once, and write it.

    Raises
    ------
    PlanError
        A file cannot be read or has no such column, a value is no date, or the disk is full.
    """
    key = table.key
    directory = staged_directory(table.folder, key)
    header = read_header(directory)
    if header is None:
        try:
            header = make(table.folder, key, lambda part: _build(table, part))
        except OSError as error:
            raise unreadable(table.source, error) from error
    return directory, header


def _build(table: Table, directory: Path) -> dict[str, Any]:
    form = FORMS[table.format]
    build = {"text": _text, "table": _table, "records": stage_records}[form]
    with ExitStack() as files:
        units, extents, digests, header = build(table, directory, files)
    units.check()
    names = units.units
    if not names:
        raise _no_rows(table.source)
    groups = table.rule.groups(names, is_text=form == "text")
    order = [unit for group in groups for unit in group.units]
    extents.write(directory, order)
    _write_units(directory, names, order)
    write_groups(directory, _entries(groups, extents, digests))
    return {
        "schema": SCHEMA,
        "form": form,
        "format": table.format,
        "source": table.source,
        "files": [[file.source, file.size, file.mtime_ns, file.version] for file in table.files],
        "groups": len(groups),
        **header,
    }


def _entries(groups: Sequence[Group], extents: Extents, digests: Sequence[str]) -> list[list[Any]]:
    found: list[list[Any]] = []
    place = 0
    for group in groups:
        digest = blake2b(digest_size=16)
        for unit in group.units:
            digest.update(bytes.fromhex(digests[unit]))
        rows, size = sum(map(extents.rows, group.units)), sum(map(extents.size, group.units))
        stop = place + len(group.units)
        found.append([group.label, place, stop, rows, size, digest.hexdigest(), group.bounds])
        place = stop
    return found


def _write_units(directory: Path, units: Sequence[Hashable], order: Sequence[int]) -> None:
    places = array("I", bytes(4 * len(order)))
    for place, unit in enumerate(order):
        places[unit] = place
    with (directory / UNITS).open("xb") as out:
        out.write(packed(places))
        synced(out)
    with (directory / UNIT_DIGESTS).open("xb") as out:
        out.write(b"".join(map(unit_digest, units)))
        synced(out)


def _text(table: Table, directory: Path, files: ExitStack) -> Built:
    from jupyter_agilab.partition.dialect import dialect_of
    from jupyter_agilab.partition.staged.column_types import ColumnTypes
    from jupyter_agilab.partition.staged.csv_rows import CsvRows
    from jupyter_agilab.partition.streams import open_content

    dialect = dialect_of(table.options, table.format)
    if isinstance(dialect, str):
        raise refused(table.files[0], dialect)
    encoding = table.options.encoding or "utf-8"
    units = Units(table.rule, lambda raw: known(raw.decode(encoding, "surrogateescape")))
    writer, told = RecordWriter(directory, files), Progress(table)
    types: ColumnTypes | None = None
    first: CsvRows | None = None
    options = {"encoding": table.options.encoding}
    for file in table.files:
        try:
            with open_content(whole_partition(file, table.format), table.folder, options) as stream:
                _refuse_binary(file, stream)
                rows = CsvRows(stream, dialect)
                if first is None and rows.names:
                    first = rows
                    types = ColumnTypes(len(rows.names), dialect)
                if first is None or not rows.names:
                    continue
                if rows.names != first.names:
                    raise refused(file, f"its header is not that of {table.files[0].source}")
                names = [name.decode(encoding, "surrogateescape") for name in first.names]
                places = [place_of(name, names, table, file) for name in table.rule.columns]
                for block in rows.blocks(places):
                    numbers = units.numbers(block.fields, writer.count)
                    writer.add(block.records, numbers)
                    if types is not None:
                        types.add(block.records)
                    told.at(_position(stream))
        except (EOFError, ValueError) as error:
            raise refused(file, f"it cannot be read: {error}") from error
        told.file_done(file)
    header = first.header if first is not None else b""
    names = [name.decode(encoding, "surrogateescape") for name in first.names] if first is not None else []
    return (
        units,
        writer.extents,
        writer.close(),
        {
            "rows": writer.count,
            "columns": names,
            "head": header.decode("latin-1"),
            "types": types.found() if types is not None else [],
        },
    )


def _refuse_binary(file: InputFile, stream: BinaryIO) -> None:
    from jupyter_agilab.partition.heads import SNIFFED_BYTES, why_not_text

    problem = why_not_text(stream.read(SNIFFED_BYTES))
    stream.seek(0)
    if problem:
        raise refused(file, problem)


def _position(stream: BinaryIO) -> int:
    try:
        return stream.tell()
    except (OSError, ValueError):
        return 0


def _table(table: Table, directory: Path, files: ExitStack) -> Built:
    import pyarrow as pa

    from jupyter_agilab.partition.formats.load import load_format
    from jupyter_agilab.partition.formats.table_format import TableFormat
    from jupyter_agilab.partition.staged.table_pages import TableWriter

    form = cast("TableFormat", load_format(table.format))
    schema: pa.Schema | None = None
    units, told = Units(table.rule, not_nan), Progress(table)
    writer: TableWriter | None = None
    for file in table.files:
        piece = Piece(whole_partition(file, table.format), table.folder, {}, file.source)
        try:
            for batch in form.batches(piece):
                if schema is None or writer is None:
                    schema = batch.schema
                    writer = TableWriter(directory, schema, files)
                if not batch.schema.equals(schema):
                    raise refused(file, f"its columns are not those of {table.files[0].source}")
                if not batch.num_rows:
                    continue
                names = schema.names
                keys = [batch.column(place_of(name, names, table, file)) for name in table.rule.columns]
                writer.add(batch, units.numbers(_values(keys, table, file), writer.count))
                told.at(round(file.size * 0.5))
        except (pa.ArrowException, EOFError) as error:
            raise refused(file, f"it cannot be read: {error}") from error
        told.file_done(file)
    if writer is None or schema is None:
        return units, Extents(), [], {"rows": 0, "columns": []}
    digests = writer.close()
    return (
        units,
        writer.extents,
        digests,
        {
            "rows": writer.count,
            "columns": schema.names,
            "schema_bytes": schema.serialize().to_pybytes().hex(),
            "lacking": writer.lacking,
        },
    )


def _values(keys: Sequence[Any], table: Table, file: InputFile) -> list[tuple[Any, ...]]:
    """Give the values of the columns, row by row, as Python has them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for name, key in zip(table.rule.columns, keys, strict=True):
        column = key.cast(key.type.value_type) if pa.types.is_dictionary(key.type) else key
        if pa.types.is_timestamp(column.type):
            # finer than Python's own times are not told apart
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
            if table.options.by == "dates":
                column = pc.local_timestamp(column) if column.type.tz else column
                column = pc.floor_temporal(column, unit="day").cast(pa.date32())
        try:
            encoded = column.dictionary_encode()
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
            raise refused(file, f"rows cannot be grouped by {name}, whose type is {column.type}") from error
        values = [*encoded.dictionary.to_pylist(), None]
        columns.append([values[-1 if place is None else place] for place in encoded.indices.to_pylist()])
    return list(zip(*columns, strict=True))


def _no_rows(source: str) -> PlanError:
    finding = Finding(
        code="partition.no-rows",
        message=f"{source} has no rows, so there are no groups",
        level="environment",
        key="input",
        path=source,
    )
    return PlanError("the input cannot be planned", [finding])
