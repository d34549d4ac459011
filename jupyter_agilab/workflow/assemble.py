"""From the values of a file to a `Workflow`, leaving out what is wrong: the findings tell about that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.contract.assemble import is_amount
from jupyter_agilab.workflow.forms import is_name
from jupyter_agilab.workflow.keys import TABLES, SectionName, keys_of, names_of, tables_in
from jupyter_agilab.workflow.model import Claims, Group, Workflow, WorkflowStage


def assemble(data: Mapping[str, Any], values: Mapping[tuple[str, ...], Any]) -> Workflow:
    """Make the workflow of the values that pass; a missing name is an empty one."""
    flags = data.get("flags")
    stages = {
        name: WorkflowStage(
            name=name,
            claims=_claims(data, values, "stages", name),
            is_ungrouped=values.get(("stages", name, "group")) == "",
            **_fields(values, "stages", ("stages", name)),
        )
        for name in tables_in(data, "stages")
        if is_name(name)
    }
    groups = {
        name: Group(
            name=name,
            claims=_claims(data, values, "groups", name),
            **_fields(values, "groups", ("groups", name)),
        )
        for name in tables_in(data, "groups")
        if is_name(name)
    }
    return Workflow(
        **{"name": "", **_fields(values, "", ())},
        **_fields(values, "execution", ("execution",)),
        stages=stages,
        groups=groups,
        flags={name: value for name, value in flags.items() if is_name(name) and isinstance(value, bool)}
        if isinstance(flags, dict)
        else {},
        unknown={name: value for name, value in data.items() if name not in {*names_of(""), *TABLES}},
    )


def named_amounts(data: Mapping[str, Any], section: str, name: str) -> dict[str, float]:
    """Give the named resources that a stage or a group claims."""
    held = tables_in(data, section)[name].get("resources")
    if not isinstance(held, dict):
        return {}
    known = names_of("resources")
    return {key: float(value) for key, value in held.items() if key not in known and is_amount(value)}


def _fields(
    values: Mapping[tuple[str, ...], Any], section: SectionName, path: tuple[str, ...]
) -> dict[str, Any]:
    found = {}
    for key in keys_of(section):
        value = values.get((*path, key.name))
        if value is not None and key.attribute:
            found[key.attribute] = value
    return found


def _claims(
    data: Mapping[str, Any], values: Mapping[tuple[str, ...], Any], section: str, name: str
) -> Claims:
    return Claims(
        **_fields(values, "resources", (section, name, "resources")),
        named=named_amounts(data, section, name),
    )
