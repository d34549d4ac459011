"""Staged tables with types: Arrow files, one for each page, their rows sorted by unit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_agilab.partition.staged.store import Extent, Extents, OrderWriter

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

PLACE: Final = "jupyter-agilab:place"
"""The column with the place that a row has in its page."""

_PAGE_BYTES = 64 << 20
_PAGE_ROWS = 1 << 20


def page_path(directory: Path, number: int) -> Path:
    """Give the file of a page."""
    return directory / f"page-{number:06}.arrow"


class TableWriter:
    """Writes record batches by unit; `files` closes what is open where that goes wrong."""

    def __init__(self, directory: Path, schema: pa.Schema, files: ExitStack) -> None:
        self._directory = directory
        self._schema = schema
        self._batches: list[pa.RecordBatch] = []
        self._units: list[int] = []
        self._bytes = 0
        self._pages = 0
        self._order = OrderWriter(directory, files)
        self._digests: list[Any] = []
        self._lacking = [False] * len(schema)
        self.extents = Extents()
        self.count = 0

    def add(self, batch: pa.RecordBatch, units: list[int]) -> None:
        """Append some rows, with their units."""
        self._batches.append(batch)
        self._units += units
        self._bytes += batch.nbytes
        self.count += batch.num_rows
        for place, column in enumerate(batch.columns):
            self._lacking[place] |= column.null_count > 0
        if self._bytes >= _PAGE_BYTES or len(self._units) >= _PAGE_ROWS:
            self._flush()

    def _flush(self) -> None:
        import numpy as np
        import pyarrow as pa

        if not self._units:
            return
        table = pa.Table.from_batches(self._batches, self._schema)
        units = np.array(self._units, dtype=np.int64)
        order = np.argsort(units, kind="stable")
        hashes = row_hashes(table)[order]
        table = table.take(pa.array(order)).append_column(PLACE, pa.array(order, pa.int64()))
        path = page_path(self._directory, self._pages)
        options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
        with path.open("xb") as out, pa.ipc.new_file(out, table.schema, options=options) as writer:
            writer.write_table(table.combine_chunks())
        ordered = units[order]
        found, starts = np.unique(ordered, return_index=True)
        stops = [*starts[1:].tolist(), len(ordered)]
        share = table.nbytes / len(ordered)
        for unit, start, stop in zip(found.tolist(), starts.tolist(), stops, strict=True):
            while unit >= len(self._digests):
                self._digests.append(blake2b(digest_size=16))
            self._digests[unit].update(hashes[start:stop].astype("<u8").tobytes())
            self.extents.add(unit, self._pages, start, 0, round((stop - start) * share), stop - start)
        self._order.add(self._units)
        self._batches, self._units, self._bytes = [], [], 0
        self._pages += 1

    def close(self) -> list[str]:
        """Write it all; gives the digest of each unit's rows."""
        self._flush()
        self._order.close()
        return [digest.hexdigest() for digest in self._digests]

    @property
    def lacking(self) -> list[str]:
        """The columns that lack values somewhere."""
        return [name for name, lacks in zip(self._schema.names, self._lacking, strict=True) if lacks]


def rows_of(
    directory: Path, pages: Sequence[Sequence[Extent]], columns: Sequence[str] | None, empty: pa.Schema
) -> pa.Table:
    """Give the rows of some extents in the order of the source; of the files only these rows are read."""
    import pyarrow as pa

    parts = []
    for extents in pages:
        with pa.memory_map(str(page_path(directory, extents[0].page))) as stream:
            names = None if columns is None else [*columns, PLACE]
            table = pa.ipc.open_file(stream).read_all()
            if names is not None:
                table = table.select(names)
            part = pa.concat_tables([table.slice(each.place, each.rows) for each in extents])
            if len(extents) > 1:
                part = part.sort_by(PLACE)
            parts.append(part.drop_columns([PLACE]))
    schema = empty if columns is None else pa.schema([empty.field(name) for name in columns])
    if not parts:
        return schema.empty_table().replace_schema_metadata(empty.metadata)
    return pa.concat_tables(parts).unify_dictionaries().replace_schema_metadata(empty.metadata)


def row_hashes(table: pa.Table) -> np.ndarray[Any, Any]:
    """Give 64 bits for each row that follow from its values alone, mixed as SplitMix64 does.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    import numpy as np

    found = np.zeros(table.num_rows, dtype=np.uint64)
    for column in table.columns:
        found = _mixed(found * np.uint64(0x9E3779B97F4A7C15) + _column_hashes(column.combine_chunks()))
    return found


def _mixed(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray[Any, Any] = value ^ (value >> np.uint64(31))
    return mixed


def _column_hashes(column: Any) -> np.ndarray[Any, Any]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    kind = column.type
    if types.is_integer(kind) or types.is_floating(kind):
        wide = np.float64 if types.is_floating(kind) else np.uint64 if kind == pa.uint64() else np.int64
        filled = np.asarray(pc.fill_null(column, 0)).astype(wide)
        bits = filled.view(np.uint64)
    elif types.is_temporal(kind) and kind.bit_width == 64 and not types.is_interval(kind):
        bits = np.asarray(pc.fill_null(column.view(pa.int64()), 0)).view(np.uint64)
    else:
        bits = _by_value(column)
    nothing = np.asarray(column.is_null())
    found = _mixed(bits + np.uint64(1))
    found[nothing] = np.uint64(0)
    return found


def _by_value(column: Any) -> np.ndarray[Any, Any]:
    """Hash each different value once; values that Arrow cannot compare, each."""
    import numpy as np
    import pyarrow as pa

    places = None
    try:
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        column, places = encoded.dictionary, np.asarray(encoded.indices.fill_null(0))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        pass
    texts = (repr(value).encode("utf-8", "surrogatepass") for value in column.to_pylist())
    hashes = [int.from_bytes(blake2b(text, digest_size=8).digest(), "little") for text in texts]
    found = np.array(hashes or [0], dtype=np.uint64)
    return found[: len(hashes)] if places is None else found[places]
