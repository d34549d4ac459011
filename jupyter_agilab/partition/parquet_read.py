"""Reading row ranges of Parquet files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.types import Partition

if TYPE_CHECKING:
    import pyarrow as pa


def parquet_batches(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet partition in batches; only the row groups that hold them are read."""
    import pyarrow.parquet

    columns = list((reader or {}).get("columns") or ()) or None
    with pyarrow.parquet.ParquetFile(Path(folder) / partition.source) as file:
        rows = file.metadata.num_rows
        start, stop = (0, rows) if partition.kind == "file" else (partition.start, partition.stop)
        if stop > rows:
            raise AgilabError(
                f"{partition.source} has fewer rows than when it was planned", hint="plan and run again"
            )
        ends = list(
            accumulate(file.metadata.row_group(number).num_rows for number in range(file.num_row_groups))
        )
        first, last = bisect_right(ends, start), bisect_right(ends, stop - 1)
        place = ends[first - 1] if first else 0
        groups = range(first, min(last + 1, len(ends))) if stop > start else range(0)
        for batch in file.iter_batches(row_groups=list(groups), columns=columns):
            if place >= stop:
                break
            begin, end = max(start - place, 0), min(stop - place, batch.num_rows)
            place += batch.num_rows
            if end > begin:
                yield batch.slice(begin, end - begin)


def write_parquet(partition: Partition, folder: str | Path, out: BinaryIO) -> None:
    """Write the rows of a partition as a Parquet file of their own."""
    import pyarrow.parquet

    pyarrow.parquet.write_table(parquet_table(partition, folder, None), out)


def parquet_table(partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None) -> pa.Table:
    """Give the rows of a Parquet partition, with the file's schema also where there are none.

    Raises
    ------
    AgilabError
        A column of `reader` is not in the file, or the file has fewer rows than when it was planned.
    """
    import pyarrow as pa
    import pyarrow.parquet

    columns = list((reader or {}).get("columns") or ()) or None
    schema = pyarrow.parquet.read_schema(Path(folder) / partition.source)
    if columns:
        missing = [name for name in columns if name not in schema.names]
        if missing:
            raise AgilabError(
                f"{partition.source} has no column {missing[0]!r}", hint=f"it has: {', '.join(schema.names)}"
            )
        schema = pa.schema([schema.field(name) for name in columns], schema.metadata)
    batches = list(parquet_batches(partition, folder, reader))
    table = pa.Table.from_batches(batches) if batches else schema.empty_table()
    return table.replace_schema_metadata(schema.metadata)
