"""concat-parquet: the tables of all partitions in one Parquet file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BufferedWriter
from typing import Any, Literal

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce import arrow_stream
from jupyter_agilab.reduce.parquet_join import ParquetJoin, SchemaMismatchError, united
from jupyter_agilab.reduce.stored import SegmentFiles, place_of
from jupyter_agilab.reduce.tables import arrow_table_of_mappings, without_pandas_index
from jupyter_agilab.reduce.types import RecordFormat, Reduction, Results, StoredResult
from jupyter_agilab.reduce.values import UnstorableError, shown


class ConcatParquet:
    """Writes row groups while it reads batches: memory holds one row group, whatever the number of rows.

    Parameters
    ----------
    compression
        How columns are compressed.
    """

    name: str = "concat-parquet"
    record_format: RecordFormat = "value"
    meaning: str = "one Parquet table from tables that have the same columns"
    extension: str = ".parquet"

    def __init__(self, *, compression: Literal["zstd", "snappy", "gzip", "none"] = "zstd") -> None:
        self.compression = compression

    def reduce(
        self, results: Results, out: BufferedWriter, progress: Callable[[int], None] = lambda done: None
    ) -> Reduction:
        """Write the rows to `out`; without results the table has neither columns nor rows.

        Raises
        ------
        ReduceError
            A result is no table, or the columns or their types do not go together.
        """
        import pyarrow as pa

        with SegmentFiles() as files:
            first, schema = _common_schema(files, results)
            with ParquetJoin(out, schema or pa.schema([]), self.compression) as joined:
                for done, result in enumerate(results, start=1):
                    for table in _tables(files, result):
                        try:
                            joined.add(table)
                        except SchemaMismatchError as error:
                            raise _misfit(first or result, result, str(error)) from None
                    if done % 256 == 0:
                        progress(done)
                progress(len(results))
        return Reduction(records=joined.rows, columns=tuple(joined.schema.names))


def _common_schema(files: SegmentFiles, results: Results) -> tuple[StoredResult | None, Any]:
    first: StoredResult | None = None
    schema: Any = None
    for result in results:
        its = _schema(files, result)
        if its is None:
            continue
        if first is None:
            first, schema = result, its
            continue
        try:
            schema = united(schema, its)
        except SchemaMismatchError as error:
            raise _misfit(first, result, str(error)) from None
    return first, schema


def _misfit(first: StoredResult, other: StoredResult, why: str) -> ReduceError:
    return ReduceError(
        f"concat-parquet needs the same columns everywhere. Compared with {place_of(first)}, "
        f"{place_of(other)} {why}",
        hint="Return the same columns with the same types from every partition.",
    )


def _schema(files: SegmentFiles, result: StoredResult) -> Any:
    if result.encoding == "json":
        return next((table.schema for table in _tables(files, result)), None)
    schema = arrow_stream.schema_of(files.open(result))
    return without_pandas_index(schema.empty_table()).schema


def _tables(files: SegmentFiles, result: StoredResult) -> Iterator[Any]:
    if result.encoding == "json":
        yield from _table_of_mappings(
            json.loads(files.read(result.path, result.offset, result.length)), result
        )
        return
    for batch in arrow_stream.batches_of(files.open(result)):
        yield without_pandas_index(batch)


def _table_of_mappings(value: Any, result: StoredResult) -> Iterator[Any]:
    records = value if isinstance(value, list) else [] if value is None else [value]
    if not records:
        return
    try:
        yield arrow_table_of_mappings(records)
    except UnstorableError as error:
        raise ReduceError(
            f"concat-parquet needs tables: {place_of(result)}: {shown(error.place)} {error.why}",
            hint=error.hint,
        ) from None
