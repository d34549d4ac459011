"""A plan on disk: ``plan.jsonl`` has one line per partition, ``plan.json`` everything else.

The latter has a checksum for every 256 lines, so that a worker which reads only its own partitions notices
where they are not those that were planned.
"""

from __future__ import annotations

import datetime
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, overload

from jupyter_agilab.atomic import replacing
from jupyter_agilab.compact_json import compact_encoder
from jupyter_agilab.dated_json import tagged, untagged
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import DamagedPlanError, PlanError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.sealed_json import read_sealed, write_sealed

if TYPE_CHECKING:
    from jupyter_agilab.planning.plan import Plan

SCHEMA: Final = "agilab.plan.v1"
HEADER: Final = "plan.json"
LINES: Final = "plan.jsonl"

_BLOCK_LINES = 256
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
    starts: list[int] = []
    sums: list[int] = []
    place = 0
    with replacing(directory / LINES) as out:
        lines = _lines(plan, weights)
        while block := "".join(islice(lines, _BLOCK_LINES)).encode():
            starts.append(place)
            sums.append(zlib.crc32(block))
            place += out.write(block)
    header: dict[str, Any] = {"schema": SCHEMA, "stage": plan.stage, "partition_count": plan.partition_count}
    header |= {name: getattr(plan, name) for name in _NUMBERS}
    header |= {
        "rule": plan.rule,
        "loads": list(plan.loads),
        "findings": [finding.to_json() for finding in plan.findings],
        "even_weight": weights.pop() if len(weights) == 1 else None,
        # as text: one line of the header, not one for each block
        "blocks": {"starts": _joined([*starts, place]), "sums": _joined(sums)},
    }
    write_sealed(directory / HEADER, header)


def read_plan(directory: Path) -> Plan:
    """Read a plan back; its partitions stay on disk until they are looked at.

    Raises
    ------
    PlanError
        There is no plan, or it is damaged.
    """
    # workers, who read single partitions, need neither this nor what `weights` uses
    from jupyter_agilab.planning.plan import Plan

    try:
        header = _header(directory)
        partitions = _stored(directory, header)
        return Plan(
            stage=header["stage"],
            partitions=partitions,
            workers=StoredWorkers(partitions),
            **{name: int(header[name]) for name in _NUMBERS},
            estimate=None,
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
    header = read_sealed(directory / HEADER)
    if header["schema"] != SCHEMA:
        raise ValueError(f"its schema is {header['schema']!r}, not {SCHEMA!r}")
    return header


def _stored(directory: Path, header: dict[str, Any]) -> StoredPartitions:
    blocks = header["blocks"]
    return StoredPartitions(
        directory / LINES,
        int(header["partition_count"]),
        header["even_weight"],
        list(map(int, blocks["starts"].split())),
        list(map(int, blocks["sums"].split())),
    )


def _joined(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))


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
        "estimate": plan.estimate.to_json() if plan.estimate is not None else None,
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
        part = (partition.detail or {}).get("of")
        value |= {"start": partition.start, "stop": partition.stop, "part": part}
        for name in ("label", "bounds"):
            if name in (partition.detail or {}):
                value[name] = (partition.detail or {})[name]
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


def _lines(plan: Plan, weights: set[float]) -> Iterator[str]:
    """Give the line of each partition; at most two of their weights are put into `weights`."""
    from jupyter_agilab.partition.parameter_sets import SetPartitions

    if isinstance(plan.partitions, SetPartitions):
        # there may be a million, and to make each a partition takes as long as all the rest
        weights.update(plan.partitions.weights[:1])
        for (identity, parameters), worker in zip(plan.partitions.sets(), plan.workers, strict=True):
            yield _set_line(identity, parameters, 1, worker)
        return
    for partition, worker in zip(plan.partitions, plan.workers, strict=True):
        if len(weights) < 2:
            weights.add(partition.weight)
        yield _line(partition, worker)


def _set_line(identity: str, parameters: Mapping[str, Any], weight: float, worker: int) -> str:
    return (
        f'{{"id":"{identity}","kind":"parameters","parameters":{_encode(parameters)},'
        f'"weight":{weight},"worker":{worker}}}\n'
    )


def _line(partition: Partition, worker: int) -> str:
    weight = int(partition.weight) if partition.weight.is_integer() else partition.weight
    if partition.parameters is not None and partition.fingerprint == partition.id:
        return _set_line(partition.id, partition.parameters, weight, worker)
    entry: dict[str, Any] = {"id": partition.id, "kind": partition.kind}
    if partition.parameters is None:
        entry |= {
            "source": partition.source,
            "start": partition.start,
            "stop": partition.stop,
            "header_bytes": partition.header_bytes,
            "format": partition.format,
        }
        if partition.detail is not None:
            entry["detail"] = partition.detail
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
        entry.get("detail"),
    )


class StoredPartitions(Sequence[Partition]):
    """The partitions of a stored plan: iterating streams them, an index or a slice reads only their blocks.

    Parameters
    ----------
    starts, sums
        Where each block of lines begins, and the end of the last one; the CRC-32 of each.

    Raises
    ------
    DamagedPlanError
        While it is read: the file is not as it was written, or gone.
    ValueError
        When this is made: there is no such file.
    """

    def __init__(
        self,
        path: Path,
        count: int,
        even_weight: float | None,
        starts: Sequence[int],
        sums: Sequence[int],
    ) -> None:
        self._path = path
        self._even_weight = even_weight
        self._count = count
        self._starts, self._sums = starts, sums
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

    def _opened(self) -> BinaryIO:
        try:
            return self._path.open("rb")
        except OSError as error:
            raise DamagedPlanError(f"the plan {self._path} cannot be read: {error.strerror}", ()) from error

    def are_whole(self) -> bool:
        """Say whether all of the plan can be read as it was written; reads all of it."""
        try:
            with self._path.open("rb") as file:
                for number, wanted in enumerate(self._sums):
                    if zlib.crc32(file.read(self._starts[number + 1] - self._starts[number])) != wanted:
                        return False
        except OSError:
            return False
        return True

    def weights(self) -> Sequence[float]:
        """Give all weights, in order; reads the plan only where they differ."""
        if self._even_weight is not None:
            from jupyter_agilab.partition.parameter_sets import Same

            return Same(self._even_weight, self._count)
        return [float(entry["weight"]) for entry in self.entries(0, self._count)]

    def fingerprints(self) -> Iterator[str]:
        """Yield the fingerprint of every partition, in order; quicker than making the partitions."""
        for entry in self.entries(0, self._count):
            yield entry["fingerprint"] if "fingerprint" in entry else entry["id"]

    def entries(self, start: int, stop: int) -> Iterator[dict[str, Any]]:
        """Yield the lines of a half-open range as they are stored."""
        if start >= stop:
            return
        first, last = start // _BLOCK_LINES, (stop - 1) // _BLOCK_LINES
        with self._opened() as file:
            file.seek(self._starts[first])
            for number in range(first, last + 1):
                block = file.read(self._starts[number + 1] - self._starts[number])
                if zlib.crc32(block) != self._sums[number]:
                    raise DamagedPlanError(f"the plan {self._path} is not as it was written", ())
                before = number * _BLOCK_LINES
                text = block[:-1].decode()
                if start > before or stop < before + _BLOCK_LINES:
                    wanted = slice(max(0, start - before), stop - before)
                    lines = ",".join(text.split("\n")[wanted])
                else:
                    lines = text.replace("\n", ",")
                # one call for many lines: that is several times faster
                yield from _decode(f"[{lines}]")


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
