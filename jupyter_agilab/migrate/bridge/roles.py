"""Where AGILAB runs a cell: its role, read from and written to the cell's tags and metadata."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Literal

Role = Literal["manager", "worker"]

ENGINES: Mapping[Role, str] = {"manager": "runpy", "worker": "agi.run"}
"""AGILAB's engine (``R`` of a row) for each role."""

_ALIASES: Mapping[str, Role] = {
    **dict.fromkeys(("manager", "local", "runpy", "main", "driver"), "manager"),
    **dict.fromkeys(("worker", "app", "app-runtime", "agi", "agi.run", "agirun"), "worker"),
}
_TAGS: Mapping[str, Role] = {
    f"{prefix}{role}": role
    for prefix in ("agilab.", "agilab-runtime-", "agilab.runtime.", "agilab:")
    for role in ENGINES
}
_OF_AGILAB = ("runtime_role", "runtime", "execution_role", "execution_location")
_OF_CELL = ("agilab_runtime_role", "agilab_runtime", "runtime_role")


def role_named(value: object) -> Role | None:
    """Give the role of a word, AGILAB's aliases included; None for any other value."""
    word = str(value or "").strip().lower().replace("_", "-")
    return _ALIASES.get(word)


def role_of(metadata: object) -> Role | None:
    """Give the role that a cell's metadata says: its tags first, then ``metadata.agilab``, then older keys.

    None where it says none; a role is never guessed.
    """
    if not isinstance(metadata, Mapping):
        return None
    tags = metadata.get("tags")
    if isinstance(tags, list | tuple):
        for tag in tags:
            if (role := _TAGS.get(str(tag).strip().lower())) is not None:
                return role
    own = metadata.get("agilab")
    places = [own.get(key) for key in _OF_AGILAB] if isinstance(own, Mapping) else []
    places += [metadata.get(key) for key in _OF_CELL]
    return next((role for value in places if (role := role_named(value)) is not None), None)


def with_role(metadata: Mapping[str, Any], role: Role | None) -> dict[str, Any]:
    """Give metadata that say the role, as a tag and in ``metadata.agilab``; all else stays.

    None takes what said another role away.
    """
    made = copy.deepcopy(dict(metadata))
    tags = [tag for tag in made.get("tags", []) if str(tag).strip().lower() not in _TAGS]
    own = {key: value for key, value in made.get("agilab", {}).items() if key not in _OF_AGILAB}
    for key in _OF_CELL:
        made.pop(key, None)
    if role is not None:
        tags.append(f"agilab.{role}")
        own["runtime_role"] = role
    for key, value in (("tags", tags), ("agilab", own)):
        if value:
            made[key] = value
        else:
            made.pop(key, None)
    return made
