"""The values of TOML and YAML that JSON does not have: dates and times, each as an object with one key."""

from __future__ import annotations

import datetime
from typing import Any


def tagged(value: object) -> dict[str, str]:
    """Give a date or time as ``{"$date": "2013-01-02"}``; serves as ``default`` of `json.dumps`.

    Raises
    ------
    TypeError
        It is something else that JSON does not have.
    """
    if isinstance(value, datetime.datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"$date": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"$time": value.isoformat()}
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")


_TAGS = {
    "$datetime": datetime.datetime.fromisoformat,
    "$date": datetime.date.fromisoformat,
    "$time": datetime.time.fromisoformat,
}


def untagged(table: dict[str, Any]) -> Any:
    """Give back what `tagged` was given; serves as ``object_hook`` of `json.loads`."""
    if len(table) == 1:
        (name, value), *_ = table.items()
        if name in _TAGS:
            return _TAGS[name](value)
    return table
