"""Kinds of values that only workflows have: inputs, names, memory as SLURM writes it, walltimes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jupyter_agilab.contract.kinds import Kind
from jupyter_agilab.contract.model import BACKENDS
from jupyter_agilab.workflow.amounts import MEMORY_PATTERN, WALLTIME_PATTERN, parse_memory, parse_walltime
from jupyter_agilab.workflow.model import SCHEMA, Feed, Form

NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,79}$"
INPUT_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,79}(?:\.artifact)?$"
PARAMETER_PATTERN = r"^[^\W\d]\w*$"
_ARTIFACT = ".artifact"

_is_name = re.compile(NAME_PATTERN.replace("$", r"\Z")).match
_is_input = re.compile(INPUT_PATTERN.replace("$", r"\Z")).match


def feeds_of(value: Any) -> tuple[Feed, ...]:
    """Read a value of ``input`` that passes: a text, an array of them, or a table by parameter."""
    if isinstance(value, str):
        return (feed_of(value),)
    if isinstance(value, Mapping):
        return tuple(feed_of(text, parameter) for parameter, text in value.items())
    return tuple(feed for item in value for feed in feeds_of(item))


def feed_of(text: str, parameter: str = "") -> Feed:
    """Read ``"stage"`` or ``"stage.artifact"``."""
    if text.endswith(_ARTIFACT):
        return Feed(text.removesuffix(_ARTIFACT), "artifact", parameter)
    return Feed(text, "elements", parameter)


def input_of(feeds: tuple[Feed, ...]) -> Any:
    """Give the value of ``input`` for feeds, in its shortest form; the reverse of `feeds_of`."""
    if not feeds:
        return []
    if all(feed.parameter for feed in feeds) and len({feed.parameter for feed in feeds}) == len(feeds):
        return {feed.parameter: text_of(feed) for feed in feeds}
    items = [{feed.parameter: text_of(feed)} if feed.parameter else text_of(feed) for feed in feeds]
    return items[0] if len(items) == 1 else items


def text_of(feed: Feed) -> str:
    """Write ``stage`` or ``stage.artifact``."""
    return feed.stage + (_ARTIFACT if feed.kind == "artifact" else "")


def is_name(value: Any) -> bool:
    """Say whether a value can name a stage, a group or a flag."""
    return isinstance(value, str) and _is_name(value) is not None


def _passes_input(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str | dict) and _passes_input(item) for item in value)
    if isinstance(value, dict):
        return bool(value) and all(
            name.isidentifier() and isinstance(item, str) and _is_input(item) for name, item in value.items()
        )
    return isinstance(value, str) and _is_input(value) is not None


def _parsed_by(parse: Any) -> Any:
    def passes(value: Any) -> bool:
        try:
            return isinstance(value, str) and bool(parse(value))
        except ValueError:
            return False

    return passes


_ONE_INPUT: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": INPUT_PATTERN},
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "string", "pattern": INPUT_PATTERN},
        },
    ]
}

FORMS: Mapping[Form, Kind] = {
    "schema": Kind(f"must be {SCHEMA!r}", {"const": SCHEMA}, lambda value: value == SCHEMA),
    "inputs": Kind(
        'must be "STAGE" or "STAGE.artifact", an array of such, or { PARAMETER = "STAGE" }',
        {"anyOf": [*_ONE_INPUT["anyOf"], {"type": "array", "items": _ONE_INPUT}]},
        _passes_input,
        feeds_of,
    ),
    "name": Kind(
        "must be a name of letters, digits, _ and -", {"type": "string", "pattern": NAME_PATTERN}, is_name
    ),
    "name-or-none": Kind(
        'must be a name of letters, digits, _ and -, or "" for none',
        {"type": "string", "pattern": f"{NAME_PATTERN}|^$"},
        lambda value: value == "" or is_name(value),
    ),
    "memory": Kind(
        "must be a size such as '256M', '2 GiB' or '500 MB'",
        {"type": "string", "pattern": MEMORY_PATTERN},
        _parsed_by(parse_memory),
    ),
    "walltime": Kind(
        "must be a time as HH:MM:SS, such as '00:03:00' or '2-00:00:00'",
        {"type": "string", "pattern": WALLTIME_PATTERN},
        _parsed_by(parse_walltime),
    ),
    "backend": Kind(
        f"must be one of: {', '.join(BACKENDS)}",
        {"enum": list(BACKENDS)},
        lambda value: value in BACKENDS,
        choices=BACKENDS,
    ),
}
