"""The lines of a plan that is stored: one for each partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

from jupyter_agilab.compact_json import compact_encoder
from jupyter_agilab.dated_json import tagged
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.pins import NOT_PINNED
from jupyter_agilab.planning.plan import Plan

_encode = compact_encoder(tagged)


def plan_lines(plan: Plan, weights: set[float]) -> Iterator[str]:
    """Give the line of each partition; at most two of their weights are put into `weights`."""
    from jupyter_agilab.partition.parameter_sets import SetPartitions

    pins: Iterable[int] = plan.pins.of if plan.pins is not None else repeat(NOT_PINNED, plan.partition_count)
    if isinstance(plan.partitions, SetPartitions):
        # there may be a million, and to make each a partition takes as long as all the rest
        weights.update(plan.partitions.weights[:1])
        for (identity, text), worker, pin in zip(
            plan.partitions.set_texts(_encode), plan.workers, pins, strict=True
        ):
            yield _set_line(identity, text, 1, worker, pin)
        return
    for partition, worker, pin in zip(plan.partitions, plan.workers, pins, strict=True):
        if len(weights) < 2:
            weights.add(partition.weight)
        yield _line(partition, worker, pin)


def _set_line(identity: str, parameters: str, weight: float, worker: int, pin: int) -> str:
    pinned = "" if pin == NOT_PINNED else f',"pin":{pin}'
    return (
        f'{{"id":"{identity}","kind":"parameters","parameters":{parameters},'
        f'"weight":{weight},"worker":{worker}{pinned}}}\n'
    )


def _line(partition: Partition, worker: int, pin: int) -> str:
    weight = int(partition.weight) if partition.weight.is_integer() else partition.weight
    if partition.kind == "parameters" and partition.fingerprint == partition.id:
        assert partition.parameters is not None
        return _set_line(partition.id, _encode(partition.parameters), weight, worker, pin)
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
    if partition.detail is not None:
        entry["detail"] = partition.detail
    entry |= {"weight": weight, "worker": worker}
    if pin != NOT_PINNED:
        entry["pin"] = pin
    if partition.fingerprint != partition.id:
        entry["fingerprint"] = partition.fingerprint
    return _encode(entry) + "\n"
