"""Elements: results of other stages' partitions, read by workers from those stages' segments.

Nothing of them passes through the driver: a task only names the segments that hold what it needs.
"""

from __future__ import annotations

import csv
import io
import json
import os
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.annotations import asked_by
from jupyter_agilab.partition.binding import Bound
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.segments import SegmentIndex, read_index, read_indexes

Inputs = Sequence[tuple[str, Sequence[str]]]
"""Stage, and the names of the indexes of its segments that hold what is needed."""

_KEPT_RESULTS = 200_000
_KEPT_BYTES = 32 << 20
# a segment of this size is read whole, and its checksum looked at; of larger ones only what is needed
_WHOLE_BYTES = 8 << 20
_TABLES = {"df-pandas": "pandas", "df-polars": "polars", "table-arrow": "pyarrow"}


class MissingElementError(AgilabError):
    """The result of another stage's partition is gone, or is not what was written."""

    code = "missing-element"


@dataclass(slots=True)
class _Segment:
    """An index that was read: where each result lies, and the data where it is small and was used lately."""

    index: SegmentIndex
    places: dict[int, int]
    offsets: list[int]
    data: bytes | None = None

    def stored(self, index: int) -> bytes:
        place = self.places[index]
        start, length = self.offsets[place], self.index.lengths[place]
        data = self.data
        if data is not None:
            return data[start : start + length]
        with self.index.data.open("rb") as file:
            file.seek(start)
            return file.read(length)


class _Segments:
    """The segments that a worker has read last: of a number of results in all, and of a number of bytes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Segment] = OrderedDict()
        self._with_data: OrderedDict[str, _Segment] = OrderedDict()
        self._results = self._bytes = 0
        self._lock = threading.Lock()

    def get(self, path: str) -> _Segment | None:
        """Give a segment by the path of its index; None where it is damaged or gone."""
        found = self._kept.get(path)
        if found is not None:
            return found
        index = read_index(Path(path))
        return None if index is None else self._keep(index)

    def holding(self, directory: Path, wanted: int) -> _Segment | None:
        """Look through all of a run's segments, for those who were not told where it is."""
        for index in read_indexes(directory):
            if wanted in index.indexes:
                return self._keep(index)
        return None

    def stored(self, segment: _Segment, index: int) -> bytes:
        """Give a stored result; the data of a small segment is read, and looked at, as a whole.

        Raises
        ------
        MissingElementError
            It is damaged.
        OSError
            It cannot be read.
        """
        if segment.data is None and segment.index.size <= _WHOLE_BYTES:
            data = segment.index.data.read_bytes()
            if len(data) != segment.index.size or zlib.crc32(data) != segment.index.crc:
                raise MissingElementError(
                    f"the results in {segment.index.data} are damaged",
                    hint="run the workflow again: what is damaged is done anew, and what depends on it",
                )
            with self._lock:
                if segment.data is None:
                    segment.data = data
                    path = str(segment.index.path)
                    before = self._with_data.pop(path, None)
                    self._bytes -= len((before and before.data) or b"")
                    self._with_data[path] = segment
                    self._bytes += len(data)
                while self._bytes > _KEPT_BYTES and len(self._with_data) > 1:
                    _, gone = self._with_data.popitem(last=False)
                    self._bytes -= len(gone.data or b"")
                    gone.data = None
        return segment.stored(index)

    def _keep(self, index: SegmentIndex) -> _Segment:
        path = str(index.path)
        offsets = list(accumulate(index.lengths, initial=0))
        found = _Segment(index, {number: place for place, number in enumerate(index.indexes)}, offsets)
        with self._lock:
            if path in self._kept:
                return self._kept[path]
            self._kept[path] = found
            self._results += len(index.indexes)
            while self._results > _KEPT_RESULTS and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._results -= len(gone.index.indexes)
        return found


_segments = _Segments()


class Elements:
    """Gives the values of elements to the parameters of a stage's function.

    Parameters
    ----------
    feeds
        Stage to its run's directory.
    annotations
        The function's parameters to their annotations, as text.
    """

    def __init__(self, feeds: Mapping[str, str], annotations: Mapping[str, str | None]) -> None:
        self._feeds = {stage: RunDirectory(Path(path)) for stage, path in feeds.items()}
        self._kinds = {name: kind_asked(annotation) for name, annotation in annotations.items()}
        self._where: dict[str, dict[int, _Segment]] = {stage: {} for stage in feeds}
        self._seen: set[tuple[str, str]] = set()

    def value(self, bound: Bound, element: Sequence[Any], inputs: Inputs) -> Any:
        """Give the value of one element.

        Parameters
        ----------
        bound
            The parameter; its annotation says which kind of table a table becomes.
        element
            The stage and the index of its partition.
        inputs
            Where to look first.

        Raises
        ------
        MissingElementError
            It is gone or damaged.
        OSError
            It cannot be read.
        """
        stage, index = str(element[0]), int(element[1])
        run = self._feeds.get(stage)
        if run is None:
            raise MissingElementError(f"the run does not know the stage {stage!r}, which feeds it")
        segment = self._find(run, stage, index, inputs)
        if segment is None:
            raise MissingElementError(
                f"the result of partition {index} of {stage} is not in {run.segments}",
                hint="run the workflow again, so that it is made anew",
            )
        place = segment.places[index]
        encoding, columns = segment.index.kinds[segment.index.kind[place]]
        data = _segments.stored(segment, index)
        value = decoded(data, encoding, segment.index.records[place], columns)
        kind = self._kinds.get(bound.name)
        return value if kind is None else as_asked(value, kind)

    def _find(self, run: RunDirectory, stage: str, index: int, inputs: Inputs) -> _Segment | None:
        where = self._where[stage]
        found = where.get(index)
        if found is not None:
            return found
        segments = run.segments
        for name in _names(inputs, stage):
            if (stage, name) in self._seen:
                continue
            segment = _segments.get(f"{segments}{os.sep}{name}")
            if segment is None:
                continue
            if len(where) > _KEPT_RESULTS:
                where.clear()
                self._seen.clear()
            self._seen.add((stage, name))
            where.update(dict.fromkeys(segment.places, segment))
            if index in segment.places:
                return segment
        return _segments.holding(segments, index)


def _names(inputs: Inputs, stage: str) -> Iterable[str]:
    for fed, names in inputs:
        if fed == stage:
            yield from names


def decoded(data: bytes, encoding: str, records: int, columns: Sequence[str] = ()) -> Any:
    """Give a stored result as the partition function returned it, as far as its encoding keeps that.

    A result without records is an empty list in JSON lines and CSV. CSV keeps no types: numbers are read as
    numbers, an empty field as None.
    """
    form, _, listed = encoding.partition(":")
    if form == "jsonl":
        values = [json.loads(line) for line in data.splitlines()]
        return values[0] if records == 1 and not listed else values
    if form == "csv":
        rows = csv.reader(io.StringIO(data.decode(), newline=""))
        found = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
        return found[0] if records == 1 and not listed else found
    from jupyter_agilab.reduce.records import decode

    return decode(data, encoding)


def kind_asked(annotation: str | None) -> str | None:
    """Give the kind of table that an annotation asks for; None for anything else."""
    return next((_TABLES[asked] for asked in asked_by(annotation) if asked in _TABLES), None)


def as_asked(value: Any, kind: str) -> Any:
    """Give a table, or rows, as another kind of table; anything else as it is."""
    from jupyter_agilab.reduce import tables

    known = tables.table_kind(value)
    if known == kind:
        return value
    if known is not None:
        return tables.from_arrow(tables.arrow_table(value, known), kind)  # type: ignore[arg-type]  # one of three
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return tables.from_arrow(tables.arrow_table_of_mappings(value), kind)  # type: ignore[arg-type]  # as above
    return value


def _plain(text: str) -> Any:
    if not text:
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
