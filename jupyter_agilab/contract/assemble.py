"""From the values of a file to a `Contract`, leaving out what is wrong: the findings tell about that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.contract.keys import tables, top_level
from jupyter_agilab.contract.model import Contract, SharedItem
from jupyter_agilab.contract.subject import Subject


def assemble(subject: Subject) -> Contract | None:
    """Make the contract; None where a required key is missing or refused.

    Whatever AGILAB lets pass becomes a contract: booleans are integers, a newline at the end of ``function``
    is left out, and what is wrong in tables of ours counts as not written.
    """
    if any(key.required and key.path not in subject.values for key in top_level()):
        return None
    parts: dict[str, Any] = {key.name: subject.get(key.name) for key in top_level()}
    for table in tables().values():
        if table.cls is not None:
            values = {key.name: subject.get(*key.path) for key in table.keys}
            if table.rest is not None:
                values[table.rest] = dict(rest_of(subject.data, table.name))
            parts[table.name] = table.cls(**values)
        elif table.item:
            parts[table.name] = shared_items(subject.table(table.name))
        else:
            parts[table.name] = dict(subject.table(table.name))
    return Contract(**parts)


def rest_of(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give what a table with free names holds: options of ``[reduce]``, named amounts of ``[resources]``."""
    table = tables()[name]
    held = data.get(name)
    if not isinstance(held, dict):
        return {}
    rest = {key: value for key, value in held.items() if key not in table.names}
    if name == "resources":
        return {key: float(value) for key, value in rest.items() if is_amount(value)}
    return rest


def shared_items(held: Mapping[str, Any]) -> dict[str, SharedItem]:
    """Give the entries of ``[shared]`` that are whole and right."""
    item = tables()["shared"].item
    return {
        name: SharedItem(**{key.name: value[key.name] for key in item})
        for name, value in held.items()
        if isinstance(value, dict) and all(key.kind.passes(value.get(key.name)) for key in item)
    }


def is_amount(value: Any) -> bool:
    """Say whether a value can be an amount of a named resource."""
    gpus = next(key for key in tables()["resources"].keys if key.name == "gpus")
    return gpus.kind.passes(value)
