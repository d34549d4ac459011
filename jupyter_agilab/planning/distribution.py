"""Who does what, from a file: AGILAB's ``distribution.json``, which is also written here, or our work plan.

The former is the plan as a list of works for each worker, to edit there and take back.

Its schema ``agilab.distribution_tree.v2`` is that of ``agi_node/agi_dispatcher`` in
https://github.com/ThalesGroup/agilab: ``work_plan`` has a list of works for each worker, each work a list of
files; ``work_plan_metadata`` beside it has ``[label, size]`` for each work. The labels that we write end on
the partition's id in brackets. That is how a work is known again, wherever it was moved; works without one
are known by their file.
"""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
import json
import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning import work_plan
from jupyter_agilab.planning.pins import NOT_PINNED, Pins, slots_on
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.remarks import balance_remarks
from jupyter_agilab.planning.work_plan import slots_for

SCHEMA: Final = "agilab.distribution_tree.v2"
_HOST = "127.0.0.1"
_ID = re.compile(r"\[([0-9a-f]{16})\]$")
_NAMED = 3
_AGAIN = "export it again: jupyter agilab plan STAGE --export-distribution FILE"
_PLANNER = "jupyter_agilab.planning.make.make_plan"


def distribution_of(plan: Plan) -> dict[str, Any]:
    """Give a plan as AGILAB's tree; each worker's works are in the plan's order."""
    works: list[list[list[str]]] = [[] for _ in plan.loads]
    metadata: list[list[list[Any]]] = [[] for _ in plan.loads]
    in_bytes = True
    for partition, worker in zip(plan.partitions, plan.workers, strict=True):
        in_bytes = partition.kind != "parameters"
        works[worker].append([partition.source] if in_bytes else [partition.describe()])
        weight = partition.weight
        size = int(weight) if weight.is_integer() else weight
        metadata[worker].append([f"{partition.describe()} [{partition.id}]", size])
    hosts = _hosts(plan)
    sums = {
        "planner": {"callable": _PLANNER, "sha256": ""},
        "inputs": {"roots": [], "digest": _inputs_digest(plan)},
        "capacities": [1.0] * len(plan.loads),
    }
    text = json.dumps(sums, sort_keys=True).encode()
    return {
        "schema": SCHEMA,
        "cache_context": {**sums, "digest": hashlib.sha256(text).hexdigest()},
        "target_args": {"stage": plan.stage},
        "workers": dict(Counter(hosts)),
        "worker_slots": hosts,
        "work_plan": works,
        "work_plan_metadata": metadata,
        "partition_key": "partition",
        "nb_unit": "partitions",
        "weights_unit": "bytes" if in_bytes else "sets",
    }


def _hosts(plan: Plan) -> list[str]:
    """Give the host of each planned worker, where the plan's own distribution names it."""
    hosts = [_HOST] * len(plan.loads)
    for place, target in enumerate(plan.pins.targets if plan.pins is not None else ()):
        if not target.name and target.host:
            hosts[place] = target.host
    return hosts


def _inputs_digest(plan: Plan) -> str:
    digest = hashlib.sha256()
    for partition in plan.partitions:
        digest.update(partition.fingerprint.encode())
    return digest.hexdigest()


def with_distribution(plan: Plan, path: Path, *, must_fit: bool = False) -> Plan:
    """Give the plan with its partitions pinned as a file says: AGILAB's tree, or a work plan of ours.

    Partitions that the file does not name go to the worker with the least load; with a warning where it is a
    tree, which should name them all.

    Parameters
    ----------
    must_fit
        Whether a tree must be of this very plan: inputs that have changed since, and partitions that it does
        not name, are errors then.

    Raises
    ------
    PlanError
        The file cannot be read, is neither of the two, or does not fit the plan; with all findings.
    """
    value = _read(path)
    told = [each for each in plan.findings if each.code not in {"plan.one-worker", "plan.skew"}]
    if value["schema"] == work_plan.SCHEMA:
        pins, findings = work_plan.pins_of_work_plan(plan, value, path)
        if pins is None:
            raise PlanError(f"{path.name} does not fit the plan of {plan.stage}", findings)
        wanted = max(plan.requested_workers, plan.useful_workers)
        return _pinned(plan, pins, slots_for(pins.targets, wanted), wanted, told)
    tree = {"work_plan_metadata": [], **value}
    pins = _pins_of_tree(plan, tree, path)
    left = [index for index, place in enumerate(pins.of) if place == NOT_PINNED]
    found = [*_changed(path, tree, plan), *_left(path, plan, left)]
    if must_fit and found:
        errors = [dataclasses.replace(each, severity="error", hint=_AGAIN) for each in found]
        raise PlanError(f"{path.name} does not fit the plan of {plan.stage}", errors)
    return _pinned(plan, pins, range(len(pins.targets)), len(pins.targets), [*told, *found])


def _pins_of_tree(plan: Plan, tree: Mapping[str, Any], path: Path) -> Pins:
    works_by_worker, metadata = tree["work_plan"], tree["work_plan_metadata"]
    places: dict[str, int] = {}
    by_source: dict[str, list[int]] = {}
    for partition in plan.partitions:
        places[partition.id] = partition.index
        by_source.setdefault(partition.source or partition.describe(), []).append(partition.index)
    owners = array("l", [NOT_PINNED]) * plan.partition_count
    findings: list[Finding] = []
    for worker, works in enumerate(works_by_worker):
        for place, work in enumerate(works):
            label = _label(metadata, worker, place)
            index = _known(label, work, places, by_source)
            if index is None:
                findings.append(_error(path, f"worker {worker}: the plan has no partition {label or work!r}"))
            elif owners[index] != NOT_PINNED:
                told = plan.partitions[index].describe()
                findings.append(_error(path, f"{told} is given to workers {owners[index]} and {worker}"))
            else:
                owners[index] = worker
    if findings:
        raise PlanError(f"{path.name} does not fit the plan of {plan.stage}", findings)
    slots = [str(host) for host in tree.get("worker_slots") or ()]
    slots += [""] * (max(1, len(works_by_worker)) - len(slots))
    return Pins(str(path), slots_on(slots), owners)


def _pinned(plan: Plan, pins: Pins, slots: Sequence[int], most: int, told: Sequence[Finding]) -> Plan:
    """Give the plan with pins.

    Parameters
    ----------
    slots
        The planned worker that stands for each target.
    most
        How many workers there may be for the sake of the pins.
    """
    count = max([1, *(slot + 1 for slot in slots)])
    if any(target.name for target in pins.targets):
        # what is not pinned may need more
        count = max(count, plan.useful_workers)
    loads = [0.0] * count
    weights = plan.weights()
    used = max((slots[place] + 1 for place in pins.counts()), default=1)
    owners = array("l", (NOT_PINNED if place == NOT_PINNED else slots[place] for place in pins.of))
    for index, owner in enumerate(owners):
        if owner != NOT_PINNED:
            loads[owner] += weights[index]
    heap = [(load, worker) for worker, load in enumerate(loads)]
    heapq.heapify(heap)
    for index, owner in enumerate(owners):
        if owner == NOT_PINNED:
            load, worker = heap[0]
            owners[index] = worker
            loads[worker] = load + weights[index]
            heapq.heapreplace(heap, (loads[worker], worker))
    made = dataclasses.replace(
        plan,
        workers=owners,
        loads=tuple(loads),
        # each that has something to do must be there
        useful_workers=min(max(used, min(count, plan.partition_count)), most),
        threads_per_worker=max(1, min(plan.threads_per_worker, plan.cores // count)),
        findings=tuple(told),
        pins=pins,
    )
    return dataclasses.replace(made, findings=(*made.findings, *balance_remarks(made, weights)))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        tree = json.loads(path.read_bytes())
    except OSError as error:
        raise PlanError(f"{path} cannot be read", [_error(path, error.strerror or str(error))]) from error
    except ValueError as error:
        raise PlanError(f"{path} cannot be read", [_error(path, f"it is not JSON: {error}")]) from error
    if isinstance(tree, dict) and tree.get("schema") == work_plan.SCHEMA:
        return tree
    found = _problems(path, tree)
    if errors_in(found):
        raise PlanError(f"{path.name} is neither a work plan nor a distribution of AGILAB's", found)
    assert isinstance(tree, dict)
    return tree


def _problems(path: Path, tree: Any) -> list[Finding]:
    if not isinstance(tree, dict):
        return [_error(path, f"expected an object, got {type(tree).__name__}")]
    found = []
    if tree.get("schema") != SCHEMA:
        wanted = f"{SCHEMA!r} or {work_plan.SCHEMA!r}"
        found.append(_error(path, f"expected schema {wanted}, got {tree.get('schema')!r}"))
    plan = tree.get("work_plan")
    if not isinstance(plan, list) or not all(
        isinstance(works, list) and all(isinstance(work, list | str) for work in works) for works in plan
    ):
        found.append(_error(path, "expected work_plan: a list of works for each worker"))
    return found


def _label(metadata: Any, worker: int, place: int) -> str:
    try:
        return str(metadata[worker][place][0])
    except (IndexError, TypeError, KeyError):
        return ""


def _known(
    label: str, work: list[Any] | str, places: Mapping[str, int], by_source: Mapping[str, list[int]]
) -> int | None:
    found = _ID.search(label)
    if found:
        return places.get(found[1])
    files = [work] if isinstance(work, str) else work
    if len(files) != 1:
        return None
    name = str(files[0]).removeprefix("./")
    # AGILAB writes absolute paths: then the one that it ends on
    sources = [name] if name in by_source else [each for each in by_source if name.endswith(f"/{each}")]
    indexes = by_source[sources[0]] if len(sources) == 1 else []
    return indexes[0] if len(indexes) == 1 else None


def _changed(path: Path, tree: Mapping[str, Any], plan: Plan) -> list[Finding]:
    """Say when the inputs are not those that the tree was made of, where it is one of ours."""
    context: Any = tree.get("cache_context")
    try:
        then = context["inputs"]["digest"] if context["planner"]["callable"] == _PLANNER else None
    except (KeyError, TypeError):
        then = None
    if then is None or then == _inputs_digest(plan):
        return []
    return [
        Finding(
            code="plan.input-changed",
            message=f"inputs of {plan.stage} have changed since the plan in {path.name} was made",
            level="environment",
            severity="warning",
            key="input",
            path=str(path),
            hint="the workers may not be well balanced any more: export it again",
        )
    ]


def _left(path: Path, plan: Plan, left: list[int]) -> list[Finding]:
    if not left:
        return []
    told = ", ".join(plan.partitions[index].describe() for index in left[:_NAMED])
    more = f" and {len(left) - _NAMED:,} more" if len(left) > _NAMED else ""
    return [
        Finding(
            code="plan.distribution-lacks",
            message=f"{path.name} does not name {told}{more}; they go to the workers with the least load",
            level="environment",
            severity="warning",
            path=str(path),
        )
    ]


def _error(path: Path, message: str) -> Finding:
    return Finding(
        code="plan.distribution",
        message=message,
        level="environment",
        path=str(path),
        hint=_AGAIN,
    )
