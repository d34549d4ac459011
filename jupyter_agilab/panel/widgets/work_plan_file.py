"""Pins of the panel as a work plan beside the contract, which runs keep to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from jupyter_agilab.atomic import write_text
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.work_plan import SCHEMA, plan_digest


def work_plan_path(folder: Path, stage: str) -> Path:
    """Give the file that holds a stage's pins."""
    return folder / f"{stage}.work_plan.json"


def read_pins(path: Path, plan: Plan) -> dict[int, str]:
    """Give the pins of a file by plan index; none where it is not there or of another plan."""
    try:
        value = json.loads(path.read_bytes())
        pins = value["pins"]
        if value["schema"] != SCHEMA or not pins or value["plan"] != plan_digest(plan):
            return {}
        return {each.index: str(pins[each.id]) for each in plan.partitions if each.id in pins}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def write_pins(path: Path, plan: Plan, pins: Mapping[int, str]) -> None:
    """Write the pins, or remove the file where there are none.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    if not pins:
        with suppress(FileNotFoundError):
            path.unlink()
        return
    by_id = {plan.partitions[index].id: pins[index] for index in sorted(pins)}
    value = {"schema": SCHEMA, "stage": plan.stage, "plan": plan_digest(plan), "pins": by_id}
    write_text(path, json.dumps(value, indent=2) + "\n")
