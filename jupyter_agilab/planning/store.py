"""A plan on disk: ``plan.jsonl`` has one line per partition, ``plan.json`` everything else."""

from __future__ import annotations

import datetime
import json
import math
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, overload

from jupyter_agilab.atomic import replacing, write_json
from jupyter_agilab.compact_json import compact_encoder
from jupyter_agilab.dated_json import tagged, untagged
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan

SCHEMA: Final = "agilab.plan.v1"
HEADER: Final = "plan.json"
LINES: Final = "plan.jsonl"

_LINES_AT_ONCE = 2_000
_LINES_READ = 256
_NUMBERS = (
    "requested_workers",
    "effective_workers",
    "planned_partitions",
    "useful_workers",
    "threads_per_worker",
    "cores",
    "input_files",
)


_encode = compact_encoder(tagged)
_decode_tagged = json.JSONDecoder(object_hook=untagged).decode
_decode_plain = json.JSONDecoder().decode


def _decode(lines: str) -> list[dict[str, Any]]:
    # the hook costs as much as all the rest, and few sweeps have dates
    entries: list[dict[str, Any]] = _decode_tagged(lines) if '"$' in lines else _decode_plain(lines)
    return entries


def write_plan(plan: Plan, directory: Path) -> None:
    """Write a plan into an existing directory; the header comes last, so that where it is, all of it is.

    Raises
    ------
    OSError
        The directory cannot be written.
    """
    weights: set[float] = set()
    with replacing(directory / LINES) as out:
        lines: list[str] = []
        for partition, worker in zip(plan.partitions, plan.workers, strict=True):
            if len(weights) < 2:
                weights.add(partition.weight)
            lines.append(_line(partition, worker))
            if len(lines) == _LINES_AT_ONCE:
                out.write("".join(lines).encode())
                lines.clear()
        out.write("".join(lines).encode())
    header: dict[str, Any] = {"schema": SCHEMA, "stage": plan.stage, "partition_count": plan.partition_count}
    header |= {name: getattr(plan, name) for name in _NUMBERS}
    header |= {
        "rule": plan.rule,
        "loads": list(plan.loads),
        "findings": [finding.to_json() for finding in plan.findings],
        "even_weight": weights.pop() if len(weights) == 1 else None,
    }
    write_json(directory / HEADER, header)


def read_plan(directory: Path) -> Plan:
    """Read a plan back; its partitions stay on disk until they are looked at.

    Raises
    ------
    PlanError
        There is no plan, or it is damaged.
    """
    try:
        header = _header(directory)
        partitions = _stored(directory, header)
        return Plan(
            stage=header["stage"],
            partitions=partitions,
            workers=StoredWorkers(partitions),
            **{name: int(header[name]) for name in _NUMBERS},
            rule=header["rule"],
            loads=tuple(header["loads"]),
            findings=tuple(Finding(**finding) for finding in header["findings"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(directory, error) from error


def stored_partitions(directory: Path) -> StoredPartitions:
    """Read only the partitions of a plan; they stay on disk until they are looked at.

    Raises
    ------
    PlanError
        There is no plan, or it is damaged.
    """
    try:
        return _stored(directory, _header(directory))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(directory, error) from error


def _header(directory: Path) -> dict[str, Any]:
    header: dict[str, Any] = json.loads((directory / HEADER).read_bytes())
    if header["schema"] != SCHEMA:
        raise ValueError(f"its schema is {header['schema']!r}, not {SCHEMA!r}")
    return header


def _stored(directory: Path, header: dict[str, Any]) -> StoredPartitions:
    return StoredPartitions(directory / LINES, int(header["partition_count"]), header["even_weight"])


def _unreadable(directory: Path, error: Exception) -> PlanError:
    reason = (error.strerror if isinstance(error, OSError) else None) or f"{error}"
    return PlanError(f"the plan in {directory} cannot be read: {reason}", [])


def plan_json(plan: Plan, *, partitions: bool) -> dict[str, Any]:
    """Give the stable JSON form of a plan; `partitions` says whether each of them is listed.

    Values that JSON does not have are text in it: dates as ISO 8601, ``NaN`` and ``Infinity`` by these names.
    """
    value: dict[str, Any] = {
        "effective_workers": plan.effective_workers,
        "planned_partitions": plan.planned_partitions,
        "partition_count": plan.partition_count,
        "useful_workers": plan.useful_workers,
        "findings": [finding.to_json() for finding in plan.findings],
    }
    if partitions:
        value["partitions"] = [
            partition_json(partition, worker)
            for partition, worker in zip(plan.partitions, plan.workers, strict=True)
        ]
    return value


def partition_json(partition: Partition, worker: int) -> dict[str, Any]:
    """Give the stable JSON form of one partition and its planned worker."""
    value: dict[str, Any] = {"id": partition.id, "source": partition.source}
    if partition.parameters is None:
        value |= {"start": partition.start, "stop": partition.stop}
    else:
        value["parameters"] = _plain(partition.parameters)
    return {**value, "weight": partition.weight, "worker": worker}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


def _line(partition: Partition, worker: int) -> str:
    weight = int(partition.weight) if partition.weight.is_integer() else partition.weight
    if partition.parameters is not None and partition.fingerprint == partition.id:
        # there may be a million of these
        parameters = _encode(partition.parameters)
        return (
            f'{{"id":"{partition.id}","kind":"parameters","parameters":{parameters},'
            f'"weight":{weight},"worker":{worker}}}\n'
        )
    entry: dict[str, Any] = {"id": partition.id, "kind": partition.kind}
    if partition.parameters is None:
        entry |= {
            "source": partition.source,
            "start": partition.start,
            "stop": partition.stop,
            "header_bytes": partition.header_bytes,
            "format": partition.format,
        }
    else:
        entry["parameters"] = partition.parameters
    entry |= {"weight": weight, "worker": worker}
    if partition.fingerprint != partition.id:
        entry["fingerprint"] = partition.fingerprint
    return _encode(entry) + "\n"


def _partition(index: int, entry: dict[str, Any]) -> Partition:
    parameters = entry.get("parameters")
    if parameters is not None:
        identity = entry["id"]
        fingerprint = entry.get("fingerprint", identity)
        return Partition(
            index, identity, "parameters", "", 0, 0, 0, "", parameters, float(entry["weight"]), fingerprint
        )
    return Partition(
        index,
        entry["id"],
        entry["kind"],
        entry.get("source", ""),
        entry.get("start", 0),
        entry.get("stop", 0),
        entry.get("header_bytes", 0),
        entry.get("format", ""),
        None,
        float(entry["weight"]),
        entry.get("fingerprint", entry["id"]),
    )


class StoredPartitions(Sequence[Partition]):
    """The partitions of a stored plan: iterating streams them, an index or a slice reads only those lines.

    Raises
    ------
    ValueError
        The file does not have as many lines as it should.
    """

    def __init__(self, path: Path, count: int, even_weight: float | None = None) -> None:
        self._path = path
        self._even_weight = even_weight
        self._count = count
        self._offsets = array("q")
        if not path.is_file():
            raise ValueError(f"{path.name} is missing")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Partition]:
        for index, entry in enumerate(self.entries(0, self._count)):
            yield _partition(index, entry)

    @overload
    def __getitem__(self, index: int) -> Partition: ...

    @overload
    def __getitem__(self, index: slice) -> list[Partition]: ...

    def __getitem__(self, index: int | slice) -> Partition | list[Partition]:
        places = range(self._count)[index]
        if isinstance(places, int):
            return next(_partition(places, entry) for entry in self.entries(places, places + 1))
        if not places:
            return []
        if places.step != 1:
            return [self[place] for place in places]
        entries = self.entries(places.start, places.stop)
        return [_partition(place, entry) for place, entry in zip(places, entries, strict=True)]

    def weights(self) -> Sequence[float]:
        """Give all weights, in order; reads the plan only where they differ."""
        if self._even_weight is not None:
            return Same(self._even_weight, self._count)
        return [float(entry["weight"]) for entry in self.entries(0, self._count)]

    def entries(self, start: int, stop: int) -> Iterator[dict[str, Any]]:
        """Yield the lines of a half-open range as they are stored."""
        with self._path.open("rb") as lines:
            if start:
                lines.seek(self._line_starts()[start])
            for number in range(start, stop, _LINES_READ):
                wanted = min(_LINES_READ, stop - number)
                read = list(islice(lines, wanted))
                whole = sum(line.endswith(b"\n") for line in read)
                if whole < wanted:
                    raise ValueError(f"{self._path} ends after {number + whole:,} of {self._count:,} lines")
                # one call for many lines: that is several times faster
                yield from _decode(f"[{b','.join(read).decode()}]")

    def _line_starts(self) -> array[int]:
        if not self._offsets:
            offsets, place = array("q"), 0
            with self._path.open("rb") as lines:
                for line in lines:
                    offsets.append(place)
                    place += len(line)
            if len(offsets) != self._count:
                raise ValueError(f"{self._path} has {len(offsets):,} lines, not {self._count:,}")
            self._offsets = offsets
        return self._offsets


class StoredWorkers(Sequence[int]):
    """The planned worker of each partition of a stored plan."""

    def __init__(self, partitions: StoredPartitions) -> None:
        self._partitions = partitions

    def __len__(self) -> int:
        return len(self._partitions)

    def __iter__(self) -> Iterator[int]:
        return (entry["worker"] for entry in self._partitions.entries(0, len(self)))

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> list[int]: ...

    def __getitem__(self, index: int | slice) -> int | list[int]:
        places = range(len(self))[index]
        if isinstance(places, int):
            return next(int(entry["worker"]) for entry in self._partitions.entries(places, places + 1))
        return [self[place] for place in places]
