"""TOML values as JSON that a form can show and give back without loss."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from typing import Any

from jupyter_agilab.contract.render import NotToml, render_value
from jupyter_agilab.errors import UsageError

_EXACT = 2**53


def shown(value: Any) -> Any:
    """Give a value as JSON; one that a browser would not give back as it is becomes ``{"$toml": TEXT}``."""
    match value:
        case bool() | str():
            return value
        case int():
            return value if abs(value) < _EXACT else {"$toml": str(value)}
        case float():
            # JavaScript has one kind of number: 2.0 would come back as 2
            return {"$toml": render_value(value)} if _is_odd(value) else value
        case list() | tuple():
            return [shown(each) for each in value]
        case Mapping():
            return {name: shown(each) for name, each in value.items()}
    return {"$toml": render_value(value)}


def _is_odd(value: float) -> bool:
    return not math.isfinite(value) or value.is_integer()


def taken(value: Any) -> Any:
    """Give the value that a form sent, with each ``{"$toml": TEXT}`` read.

    Raises
    ------
    UsageError
        A text is not the text of one TOML value, or TOML has no such value.
    """
    try:
        return _taken(value)
    except NotToml as error:
        raise UsageError(f"TOML cannot hold {error}") from None
    except RecursionError:
        raise UsageError("the value is nested too deeply") from None


def _taken(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$toml"}:
            return from_text(value["$toml"])
        return {name: _taken(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_taken(each) for each in value]
    render_value(value)
    return value


def from_text(text: object) -> Any:
    """Read the text of one TOML value.

    Raises
    ------
    UsageError
        It is something else.
    """
    if not isinstance(text, str):
        raise UsageError("a value must be given as text")
    try:
        found = tomllib.loads(f"value = {text.strip()}\n")
    except (ValueError, RecursionError) as error:
        told = str(error).partition(" (at ")[0]
        raise UsageError(
            f"{text[:80]!r} is not a value: {told[:1].lower()}{told[1:]}",
            hint='texts stand in quotes: "text"; lists in brackets: [1, 2]',
        ) from None
    if found.keys() != {"value"}:
        raise UsageError(f"{text[:80]!r} is more than one value")
    return found["value"]
