"""Segments: the results of one task as a data file and an index.

The data file holds the encoded results of the task's finished partitions one after another. The index says
where each lies. Both are written to a temporary name, synced and renamed, the index last: a partition is
finished when, and only when, an index that names it is there and the data it describes is whole.

An index is two lines of JSON: a header with the digest of the second line, and the body, which keeps one
list per attribute so that 200,000 tiny partitions load in a fraction of a second.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_agilab.atomic import sync_folder, write_bytes
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.reduce.types import Encoded, StoredResult

SCHEMA = "agilab.segment.v1"
INDEX_SUFFIX = ".index.json"
REUSED = "reused-"
"""How the names of segments start that were taken over from an earlier run."""
_READ_BYTES = 1 << 22
_COLUMNS = ("indexes", "ids", "keys", "lengths", "records", "seconds", "cpu", "memory", "kind")


class Used(NamedTuple):
    """What a partition took: seconds, seconds of CPU, peak bytes of its process (0: not known)."""

    seconds: float
    cpu_s: float = 0.0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class SegmentIndex:
    """What an index says. The lists run in parallel, in the order in which the results lie in the data file.

    ``kinds`` are the distinct ``(encoding, columns)`` and ``kind`` the place of each partition in it.
    ``seconds`` is the time that the function took, ``cpu`` the seconds of a core that it used, ``memory`` the
    peak bytes of its process while it ran (0: not known). ``crc`` is the CRC-32 of the whole data file.
    ``stamp`` is what the file was known by when the index was read.
    """

    path: Path
    data: Path
    size: int
    crc: int
    indexes: list[int]
    ids: list[str]
    keys: list[str]
    lengths: list[int]
    records: list[int]
    seconds: list[float]
    cpu: list[float]
    memory: list[int]
    kinds: list[tuple[str, tuple[str, ...]]]
    kind: list[int]
    stamp: tuple[int, int, int] = (0, 0, 0)

    def results(self) -> Iterator[StoredResult]:
        """Give where each partition's result lies."""
        offset = 0
        for place, length in enumerate(self.lengths):
            encoding, columns = self.kinds[self.kind[place]]
            yield StoredResult(
                self.indexes[place],
                self.ids[place],
                self.data,
                offset,
                length,
                self.records[place],
                encoding,
                columns,
            )
            offset += length

    def was_touched(self) -> bool:
        """Say whether the data file was written to, replaced or linked since this index was read."""
        try:
            return _stamp(self.data.stat()) != self.stamp
        except OSError:
            return True

    def data_is_whole(self) -> bool:
        """Read the data file and compare its checksum; blocks for as long as reading takes."""
        crc = size = 0
        try:
            with self.data.open("rb", buffering=0) as file:
                while block := file.read(_READ_BYTES):
                    crc = zlib.crc32(block, crc)
                    size += len(block)
        except OSError:
            return False
        return (crc, size) == (self.crc, self.size)


class SegmentWriter:
    """Writes one segment; nothing of it counts before `finish`.

    Parameters
    ----------
    directory
        The run's ``segments`` directory.
    task
        The task's number, for the file's name. Names are unique, so two attempts of a task never share a
        file.
    """

    def __init__(self, directory: Path, task: int) -> None:
        self.directory = directory
        self.name = f"{task:06d}-{os.urandom(3).hex()}"
        self._temporary = directory / f"{self.name}.part"
        self._file = self._temporary.open("xb", buffering=1 << 20)
        self._crc = 0
        self.size = 0
        self.record_count = 0
        self._rows: list[tuple[int, str, str, int, int, float, float, int, int]] = []
        self._kinds: dict[tuple[str, tuple[str, ...]], int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def indexes(self) -> tuple[int, ...]:
        """The plan's indexes of the partitions added so far."""
        return tuple(row[0] for row in self._rows)

    def add(self, partition: Partition, key: str, encoded: Encoded, used: Used) -> None:
        """Append one partition's result."""
        data = encoded.data
        length = len(data)
        self._file.write(data)
        self._crc = zlib.crc32(data, self._crc)
        self.size += length
        self.record_count += encoded.records
        kind = self._kinds.setdefault((encoded.encoding, encoded.columns), len(self._kinds))
        self._rows.append((partition.index, partition.id, key, length, encoded.records, *used, kind))

    def finish(self) -> Path:
        """Sync and name the data file, then its index; give the index's path.

        Raises
        ------
        OSError
            The disk is full or the directory is gone. Nothing is left behind that could be mistaken for a
            result.
        """
        data = self.directory / f"{self.name}.data"
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._temporary.replace(data)
        index = self.directory / f"{self.name}{INDEX_SUFFIX}"
        body: dict[str, Any] = {
            "run": _run_of(self.directory),
            "data": data.name,
            "size": self.size,
            "crc": self._crc,
            "kinds": [[encoding, list(columns)] for encoding, columns in self._kinds],
            **dict(zip(_COLUMNS, map(list, zip(*self._rows, strict=True)), strict=True)),
        }
        for column in ("seconds", "cpu"):
            body[column] = [round(seconds, 6) for seconds in body[column]]
        try:
            write_index(index, body)
        except BaseException:
            data.unlink(missing_ok=True)
            raise
        return index

    def discard(self) -> None:
        """Give up: remove the temporary file."""
        # what could not be written before cannot be written on closing either
        with suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)


def write_index(path: Path, body: dict[str, Any]) -> None:
    """Write an index whole or not at all."""
    line = json.dumps(body, separators=(",", ":")).encode()
    head = json.dumps(
        {"schema": SCHEMA, "digest": hashlib.blake2b(line, digest_size=16).hexdigest()}
    ).encode()
    write_bytes(path, head + b"\n" + line + b"\n")


def read_index(path: Path) -> SegmentIndex | None:
    """Read an index; None where it is damaged, of another run, or its data does not have the size it says."""
    try:
        head, line, rest = path.read_bytes().split(b"\n")
        if rest or json.loads(head) != {
            "schema": SCHEMA,
            "digest": hashlib.blake2b(line, digest_size=16).hexdigest(),
        }:
            return None
        body = json.loads(line)
        data = path.with_name(body["data"])
        counts = {len(body[name]) for name in _COLUMNS}
        if body["run"] != _run_of(path.parent) or len(counts) != 1 or sum(body["lengths"]) != body["size"]:
            return None
        found = data.stat()
        if found.st_size != body["size"]:
            return None
        return SegmentIndex(
            path,
            data,
            body["size"],
            body["crc"],
            body["indexes"],
            body["ids"],
            body["keys"],
            body["lengths"],
            body["records"],
            body["seconds"],
            body["cpu"],
            body["memory"],
            [(encoding, tuple(columns)) for encoding, columns in body["kinds"]],
            body["kind"],
            _stamp(found),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stamp(file: os.stat_result) -> tuple[int, int, int]:
    # nobody can set the change time
    return file.st_ino, file.st_mtime_ns, file.st_ctime_ns


def _run_of(directory: Path) -> str:
    """Give what an index names its run by: one that was copied from another run's directory is foreign."""
    return directory.parent.name


def read_indexes(directory: Path) -> Iterator[SegmentIndex]:
    """Read every good index of a run, in the order of their names; damaged ones are passed over."""
    try:
        paths = sorted(directory.glob(f"*{INDEX_SUFFIX}"))
    except OSError:
        return
    for path in paths:
        index = read_index(path)
        if index is not None:
            yield index


def adopt_segment(
    index: SegmentIndex, directory: Path, places: list[int], indexes: list[int]
) -> SegmentIndex | None:
    """Take results of an earlier run's segment into `directory`, without copying where the file system links.

    Parameters
    ----------
    index
        The earlier run's index.
    directory
        The new run's ``segments``.
    places
        Which of its partitions are wanted, as places in its lists, ascending.
    indexes
        Their indexes in the new plan.

    Returns
    -------
    SegmentIndex or None
        The new index; None where the data turned out to be damaged.
    """
    target = directory / f"{REUSED}{os.urandom(6).hex()}.data"
    if len(places) == len(index.indexes):
        if not index.data_is_whole():
            return None
        _link_or_copy(index.data, target)
        crc, size = index.crc, index.size
        columns = {name: getattr(index, name) for name in _COLUMNS[1:]}
    else:
        sums = _copy_some(index, target, frozenset(places))
        if sums is None:
            target.unlink(missing_ok=True)
            return None
        crc, size = sums
        columns = {name: [getattr(index, name)[place] for place in places] for name in _COLUMNS[1:]}
    path = directory / f"{target.stem}{INDEX_SUFFIX}"
    body = {
        "run": _run_of(directory),
        "data": target.name,
        "size": size,
        "crc": crc,
        "kinds": [[encoding, list(columns)] for encoding, columns in index.kinds],
        "indexes": indexes,
        **columns,
    }
    write_index(path, body)
    sync_folder(directory)
    stamp = _stamp(target.stat())
    return replace(index, path=path, data=target, size=size, crc=crc, indexes=indexes, stamp=stamp, **columns)


def _copy_some(index: SegmentIndex, target: Path, places: Set[int]) -> tuple[int, int] | None:
    """Copy some results and give the CRC-32 and size of the copy; None where the whole turns out damaged."""
    whole = crc = size = 0
    try:
        old = index.data.open("rb")
    except OSError:
        return None
    with old, target.open("xb") as new:
        for place, length in enumerate(index.lengths):
            block = old.read(length)
            whole = zlib.crc32(block, whole)
            if place in places:
                crc, size = zlib.crc32(block, crc), size + length
                new.write(block)
        if whole != index.crc or old.read(1):
            return None
        new.flush()
        os.fsync(new.fileno())
    return crc, size


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        import shutil

        shutil.copyfile(source, target)
        with target.open("rb") as file:
            os.fsync(file.fileno())
