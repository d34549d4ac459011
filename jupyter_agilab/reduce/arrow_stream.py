"""Tables as Arrow IPC streams: how a custom reducer's tables are stored.

Format: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

ROWS_PER_BATCH = 65_536
"""Rows that are read back at a time by whoever streams."""


def to_stream(table: Any) -> bytes:
    """Write a pyarrow table as an Arrow stream of batches of at most `ROWS_PER_BATCH` rows."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=ROWS_PER_BATCH)
    return bytes(sink.getvalue())


def from_stream(data: bytes) -> Any:
    """Read a whole Arrow stream as a pyarrow table."""
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_all()


def schema_of(source: BinaryIO) -> Any:
    """Read only the schema of an Arrow stream, its pandas metadata included."""
    import pyarrow as pa

    with pa.ipc.open_stream(source) as reader:
        return reader.schema


def batches_of(source: BinaryIO) -> Iterator[Any]:
    """Read an Arrow stream batch by batch, each as a pyarrow table with the stream's schema."""
    import pyarrow as pa

    with pa.ipc.open_stream(source) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch], reader.schema)
