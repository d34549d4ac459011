"""Values as TOML text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

WIDTH = 100
"""Arrays that would make a line longer than this many characters get one line per value."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_INTEGERS = range(-(2**63), 2**63)


class NotToml(ValueError):  # noqa: N818  # reads as what it is: the value is not TOML
    """A value that TOML cannot hold; the message names its type."""


def render_key(path: Sequence[str | int]) -> str:
    """Write a dotted key, quoted where it must be; an integer is a place in an array: ``a."b c"[2].d``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _BARE.fullmatch(part) else render_string(part))
    return text


def render_string(value: str) -> str:
    """Write a basic string on one line.

    Raises
    ------
    NotToml
        The string holds half of a surrogate pair, which no UTF-8 file can hold.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotToml("a string with half of a surrogate pair") from None
    # JSON's escapes are TOML's, but JSON leaves DEL as it is
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def render_value(value: Any, *, indent_at: int | None = None) -> str:
    """Write a value.

    Parameters
    ----------
    value
        What TOML can hold: strings, booleans, 64-bit integers, floats, dates and times, lists, tuples,
        mappings.
    indent_at
        Characters that stand before the value on its line; where given, an array that does not fit into
        `WIDTH` gets one line per value.

    Raises
    ------
    NotToml
        The value, or one inside it, is of another type; None is.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            if value not in _INTEGERS:
                raise NotToml("an integer of more than 64 bits")
            return int.__repr__(value)
        case float():
            return _float(value)
        case str():
            return render_string(value)
        case datetime() | time():
            return _clock(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            parts = [render_value(item) for item in value]
            line = f"[{', '.join(parts)}]"
            if indent_at is None or indent_at + len(line) <= WIDTH or not parts:
                return line
            return "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
        case Mapping():
            inner = ", ".join(
                f"{render_key([_name(key)])} = {render_value(item)}" for key, item in value.items()
            )
            return f"{{ {inner} }}" if inner else "{}"
    raise NotToml(f"a value of type {type(value).__name__}")


def _name(key: object) -> str:
    if not isinstance(key, str):
        raise NotToml(f"a table with a key of type {type(key).__name__}")
    return key


def _float(value: float) -> str:
    if math.isfinite(value):
        return float.__repr__(value)
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def _clock(value: datetime | time) -> str:
    offset = value.utcoffset()
    if isinstance(value, time) and value.tzinfo is not None:
        raise NotToml("a time of day with a time zone")
    if offset is not None and offset.total_seconds() % 60:
        raise NotToml("a time zone whose offset is not whole minutes")
    return value.isoformat()
