"""Tables written one after the other into one Parquet file, and the schema that fits all of them."""

from __future__ import annotations

from io import BufferedWriter
from types import TracebackType
from typing import Any

from jupyter_agilab.reduce.tables import difference

_ROW_GROUP_BYTES = 64 << 20
_ROW_GROUP_ROWS = 1 << 20


class SchemaMismatchError(Exception):
    """Two tables do not go into one file; says what differs, but not which tables."""


def united(first: Any, other: Any) -> Any:
    """Give the Arrow schema that holds the rows of both, in the first's column order.

    A column that is null in one takes the other's type; whole numbers widen, also to floats; a categorical
    column that differs becomes one of plain values.

    Raises
    ------
    SchemaMismatchError
        The columns differ, or the types of one do not go together.
    """
    import pyarrow as pa

    if first.equals(other):
        return first
    if set(first.names) != set(other.names):
        raise SchemaMismatchError(difference(first.names, other.names))
    fields = []
    for field in first:
        its = other.field(field.name)
        if field.type == its.type:
            fields.append(field)
            continue
        pair = [pa.schema([pa.field(field.name, _without_dictionary(each.type))]) for each in (field, its)]
        try:
            fields.append(pa.unify_schemas(pair, promote_options="permissive").field(0))
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            raise SchemaMismatchError(f"has {field.name!r} as {its.type}, not {field.type}") from None
    return pa.schema(fields)


def _without_dictionary(kind: Any) -> Any:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


class ParquetJoin:
    """Appends tables to a Parquet file, in row groups of some 64 MiB; a context manager."""

    def __init__(self, out: BufferedWriter, schema: Any, compression: str) -> None:
        import pyarrow.parquet

        self.schema = schema
        self.rows = 0
        self._waiting: list[Any] = []
        self._waiting_bytes = self._waiting_rows = 0
        self._writer = pyarrow.parquet.ParquetWriter(out, schema, compression=compression)

    def __enter__(self) -> ParquetJoin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def add(self, table: Any) -> None:
        """Append the rows of a table that has the schema's columns.

        Raises
        ------
        SchemaMismatchError
            Its columns differ, or a value does not fit the column's type.
        """
        import pyarrow as pa

        if not table.schema.equals(self.schema):
            names = self.schema.names
            if set(table.schema.names) != set(names):
                raise SchemaMismatchError(difference(names, table.schema.names))
            try:
                table = table.select(names).cast(self.schema)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise SchemaMismatchError(f"has a value that does not fit its column: {error}") from None
        self.rows += table.num_rows
        self._waiting.append(table)
        self._waiting_bytes += table.nbytes
        self._waiting_rows += table.num_rows
        if self._waiting_bytes >= _ROW_GROUP_BYTES or self._waiting_rows >= _ROW_GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting_rows:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=_ROW_GROUP_ROWS)
        self._waiting.clear()
        self._waiting_bytes = self._waiting_rows = 0
