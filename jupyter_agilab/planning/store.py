"""A plan on disk: ``plan.jsonl`` has one line per partition, ``plan.json`` everything else.

The latter has a checksum for every 256 lines, so that a worker which reads only its own partitions notices
where they are not those that were planned.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_agilab.atomic import replacing
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning.stored import BLOCK_LINES, StoredPartitions, StoredWorkers
from jupyter_agilab.sealed_json import read_sealed, write_sealed

if TYPE_CHECKING:
    from jupyter_agilab.planning.plan import Plan

SCHEMA: Final = "agilab.plan.v1"
HEADER: Final = "plan.json"
LINES: Final = "plan.jsonl"

_NUMBERS = (
    "requested_workers",
    "effective_workers",
    "planned_partitions",
    "useful_workers",
    "threads_per_worker",
    "cores",
    "input_files",
)


def write_plan(plan: Plan, directory: Path) -> None:
    """Write a plan into an existing directory; the header comes last, so that where it is, all of it is.

    Raises
    ------
    OSError
        The directory cannot be written.
    """
    # those that only read plans need neither
    from jupyter_agilab.planning.plan_lines import plan_lines

    weights: set[float] = set()
    starts: list[int] = []
    sums: list[int] = []
    place = 0
    with replacing(directory / LINES) as out:
        lines = plan_lines(plan, weights)
        while block := "".join(islice(lines, BLOCK_LINES)).encode():
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
    if plan.pins is not None:
        targets = [target.to_json() for target in plan.pins.targets]
        header["pins"] = {"source": plan.pins.source, "targets": targets}
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
            pins=partitions.pins(),
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
        header.get("pins"),
    )


def _joined(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))


def _unreadable(directory: Path, error: Exception) -> PlanError:
    reason = (error.strerror if isinstance(error, OSError) else None) or f"{error}"
    return PlanError(f"the plan in {directory} cannot be read: {reason}", [])
