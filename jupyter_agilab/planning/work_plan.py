"""Our own work plan: a JSON file that pins partitions to workers or hosts, made for one plan.

A front end or an editor writes it, `run --distribution FILE` keeps to it. Partitions that it does not name
may be done by any worker.
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.planning.pins import NOT_PINNED, Pins, Target
from jupyter_agilab.planning.plan import Plan

SCHEMA: Final = "jupyter_agilab.work_plan.v1"
SCHEMA_FILE = Path(__file__).with_name("work_plan.schema.json")
"""The published file; a test says that it is what `json_schema` gives."""

_NUMBERED = re.compile(r"(?:worker-|thread-)?(\d+)")
_SHOWN = 3


def plan_digest(plan: Plan) -> str:
    """Give 32 hexadecimal digits of BLAKE2b over id and fingerprint of each partition, in order.

    Plans of the same inputs, cut in the same way, have the same digest, however many workers they are for.
    """
    digest = hashlib.blake2b(digest_size=16)
    for partition in plan.partitions:
        digest.update(f"{partition.id} {partition.fingerprint}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def work_plan_of(plan: Plan) -> dict[str, Any]:
    """Give the work plan of a plan: its pins, or where it has none, each partition on its planned worker."""
    pins = plan.pins
    names: list[str]
    if pins is None:
        names, places = [f"worker-{number}" for number in range(len(plan.loads))], plan.workers
    else:
        names, places = [_name_of(target) for target in pins.targets], pins.of
    return {
        "schema": SCHEMA,
        "stage": plan.stage,
        "plan": plan_digest(plan),
        "pins": {
            partition.id: names[place]
            for partition, place in zip(plan.partitions, places, strict=True)
            if place != NOT_PINNED
        },
    }


def _name_of(target: Target) -> str:
    # a slot of AGILAB's is a worker of ours by its number
    return target.name or f"worker-{target.number}"


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a work plan."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:jupyter-agilab:{SCHEMA}",
        "title": "Work plan",
        "description": "Which workers alone may do which partitions of a plan.",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "stage": {"description": "The stage's name.", "type": "string"},
            "plan": {
                "description": "Digest of the plan that it was made for: BLAKE2b, 16 bytes, over a line "
                "`ID FINGERPRINT` for each partition, in the plan's order.",
                "type": "string",
                "pattern": "^[0-9a-f]{32}$",
            },
            "pins": {
                "description": "Partition's id to the name of the worker, or of the host, that alone may do "
                "it. Partitions that are not named here may be done by any worker.",
                "type": "object",
                "propertyNames": {"pattern": "^[0-9a-f]{16}$"},
                "additionalProperties": {"type": "string", "minLength": 1},
            },
        },
        "required": ["schema", "plan", "pins"],
    }


def schema_text() -> str:
    """Give the text of the published file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def pins_of_work_plan(plan: Plan, value: Mapping[str, Any], path: Path) -> tuple[Pins | None, list[Finding]]:
    """Read the pins of a work plan; give them, or what is wrong with it, all at once."""
    found: list[Finding] = []
    pins = value.get("pins")
    if not isinstance(pins, dict) or not all(isinstance(name, str) and name for name in pins.values()):
        found.append(_error(path, "expected pins: an object of partition ids and names of workers or hosts"))
        pins = {}
    if not isinstance(value.get("plan"), str):
        found.append(_error(path, f"expected plan: the digest of a plan, got {value.get('plan')!r}"))
    elif value["plan"] != plan_digest(plan):
        told = f"it was made for another plan of {value.get('stage') or plan.stage}"
        found.append(_error(path, f"{told}: inputs have changed, or they are cut in another way"))
    targets = {name: place for place, name in enumerate(sorted(set(pins.values()), key=_natural))}
    left = dict(pins)
    of = array("l", [NOT_PINNED]) * plan.partition_count
    for partition in plan.partitions:
        name = left.pop(partition.id, None)
        if name is not None:
            of[partition.index] = targets[name]
    if left:
        more = f" and {len(left) - _SHOWN:,} more" if len(left) > _SHOWN else ""
        found.append(_error(path, f"the plan has no partition {', '.join(list(left)[:_SHOWN])}{more}"))
    if found:
        return None, found
    return Pins(str(path), tuple(map(Target, targets)), of), []


def slots_for(targets: Sequence[Target], workers: int) -> list[int]:
    """Give the planned worker that stands for each target.

    It is that of the target's number, where there are so many workers; the others, hosts and workers that
    have names of their own, come after those.
    """
    slots: list[int] = []
    for target in targets:
        number = _NUMBERED.fullmatch(target.name)
        slots.append(int(number[1]) if number and int(number[1]) < workers else -1)
    taken = set(slots)
    free = (number for number in count() if number not in taken)
    return [next(free) if slot < 0 else slot for slot in slots]


def _natural(name: str) -> tuple[int, int, str]:
    number = _NUMBERED.fullmatch(name)
    return (0, int(number[1]), name) if number else (1, 0, name)


def _error(path: Path, message: str) -> Finding:
    return Finding(
        code="plan.work-plan",
        message=message,
        level="environment",
        path=str(path),
        hint="write it again: jupyter agilab plan STAGE --export-work-plan FILE",
    )
