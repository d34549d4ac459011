"""What a request says, read with types: each mistake is one clear `UsageError`."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.errors import UsageError

_MOST_TEXT = 4096
_MOST_ITEMS = 10_000
_SHOWN = 60

_T = TypeVar("_T")
_NEEDED: Any = object()


class Fields:
    """The named values of a query or of a JSON body.

    Parameters
    ----------
    values
        As they came: texts of a query, or values of a JSON object.
    known
        The names that may be there; another one is a `UsageError`.
    """

    def __init__(self, values: Mapping[str, Any], known: Collection[str]) -> None:
        for name in values:
            if name not in known:
                near = did_you_mean(name, known)
                raise UsageError(
                    f"{_shown(name)} is nothing that can be asked for here",
                    hint=near or f"known: {', '.join(known) or 'nothing at all'}",
                )
        self._values = values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str, default: _T = _NEEDED, *, most: int = _MOST_TEXT) -> str | _T:
        """Give a text of at most so many characters."""
        if (value := self._value(name, default)) is default:
            return default
        if not isinstance(value, str):
            raise _wrong(name, "a text", value)
        if len(value) > most:
            raise UsageError(f"{name} has {len(value):,} characters; {most:,} are allowed")
        try:
            value.encode()
        except UnicodeEncodeError:
            # half of a surrogate pair, which JSON can have: no file can be named like that
            raise UsageError(f"{name} is not Unicode text") from None
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Give a truth value; a query has ``1``, ``true``, ``0`` or ``false``."""
        value = self._value(name, default)
        if isinstance(value, bool):
            return value
        known = {"1": True, "true": True, "0": False, "false": False}
        if not isinstance(value, str) or value.lower() not in known:
            raise _wrong(name, "true or false", value)
        return known[value.lower()]

    def whole(self, name: str, default: _T = _NEEDED, *, low: int = 0, high: int = 2**31) -> int | _T:
        """Give a whole number from `low` to `high`."""
        if (value := self._value(name, default)) is default:
            return default
        if isinstance(value, str) and len(value) <= 20 and value.lstrip("-").isascii():
            try:
                value = int(value)
            except ValueError:
                raise _wrong(name, "a whole number", value) from None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong(name, "a whole number", value)
        if not low <= value <= high:
            raise _wrong(name, f"a number from {low:,} to {high:,}", value)
        return value

    def number(self, name: str, default: _T = _NEEDED, *, low: float = 0, high: float = 1e12) -> float | _T:
        """Give a number from `low` to `high`."""
        if (value := self._value(name, default)) is default:
            return default
        if isinstance(value, str) and len(value) <= 40:
            try:
                value = float(value)
            except ValueError:
                raise _wrong(name, "a number", value) from None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _wrong(name, "a number", value)
        if not low <= value <= high or math.isnan(value):
            raise _wrong(name, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def choice(self, name: str, known: Collection[str], default: _T = _NEEDED) -> str | _T:
        """Give one of some texts."""
        if (value := self._value(name, default)) is default:
            return default
        if not isinstance(value, str) or value not in known:
            raise _wrong(name, f"one of {', '.join(known)}", value)
        return value

    def texts(self, name: str, default: _T = _NEEDED, *, most: int = _MOST_ITEMS) -> list[str] | _T:
        """Give a list of texts; in a query they are separated by commas."""
        if (value := self._value(name, default)) is default:
            return default
        if isinstance(value, str):
            value = [part for part in value.split(",") if part]
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise _wrong(name, "a list of texts", value)
        if len(value) > most:
            raise UsageError(f"{name} has {len(value):,} items; {most:,} are allowed")
        for part in value:
            if len(part) > _MOST_TEXT:
                raise UsageError(f"{name} has a text of {len(part):,} characters; {_MOST_TEXT:,} are allowed")
        return value

    def items(self, name: str, *, most: int = _MOST_ITEMS) -> list[Any]:
        """Give a list of whatever stands in it."""
        value = self._value(name, _NEEDED)
        if not isinstance(value, list):
            raise _wrong(name, "a list", value)
        if len(value) > most:
            raise UsageError(f"{name} has {len(value):,} items; {most:,} are allowed")
        return value

    def table(self, name: str, default: _T = _NEEDED) -> dict[str, Any] | _T:
        """Give a JSON object."""
        if (value := self._value(name, default)) is default:
            return default
        if not isinstance(value, dict):
            raise _wrong(name, "an object", value)
        return value

    def objects(
        self, name: str, default: _T = _NEEDED, *, most: int = _MOST_ITEMS
    ) -> list[dict[str, Any]] | _T:
        """Give a list of JSON objects."""
        if (value := self._value(name, default)) is default:
            return default
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise _wrong(name, "a list of objects", value)
        if len(value) > most:
            raise UsageError(f"{name} has {len(value):,} items; {most:,} are allowed")
        return value

    def _value(self, name: str, default: Any) -> Any:
        value = self._values.get(name)
        if value is not None:
            return value
        if default is _NEEDED:
            raise UsageError(f"{name} is missing")
        return default


def json_object(body: bytes) -> dict[str, Any]:
    """Read a request's body; an empty one is an empty object.

    Raises
    ------
    UsageError
        It is not JSON, or not an object.
    """
    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        where = f": {error}" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"the request's body is not JSON{where}", hint="send one JSON object") from None
    if not isinstance(value, dict):
        raise _wrong("the request's body", "one JSON object", value)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _wrong(name: str, expected: str, value: object) -> UsageError:
    return UsageError(f"{name} must be {expected}; {_shown(value)} came")


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value) if isinstance(value, bool | None) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
