"""The stable JSON form of a plan, as ``plan --json`` prints it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from typing import Any

from jupyter_agilab.compact_json import compact_encoder
from jupyter_agilab.partition.parameter_sets import SetPartitions
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan

_encode = compact_encoder(str, spaced=True, allow_nan=False)


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


def partition_texts(plan: Plan) -> Iterator[str]:
    """Give the JSON text of each partition, in order: what `json.dumps` gives for `partition_json`."""
    if isinstance(plan.partitions, SetPartitions):
        # there may be a million, and to make each a partition takes as long as all the rest
        sets = plan.partitions.set_texts(_plain_text, ", ")
        for (identity, text), worker in zip(sets, plan.workers, strict=True):
            head = f'{{"id": "{identity}", "source": "", "parameters": {text}, '
            yield f'{head}"weight": 1.0, "worker": {worker}}}'
        return
    for partition, worker in zip(plan.partitions, plan.workers, strict=True):
        value = partition_json(partition, worker)
        try:
            yield _encode(value)
        except ValueError:
            # bounds of groups may be what JSON does not have
            yield _plain_text(value)


def _plain_text(value: dict[str, Any]) -> str:
    return _encode(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value
