"""`unpack`: from packed JSON to the value."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import pathlib
import sys
import uuid
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_agilab.errors import ResultTypeError
from jupyter_agilab.exact.kinds import CLASSES_OF, TAG


def unpack(value: Any) -> Any:
    """Give the value that `pack` packed.

    Raises
    ------
    ResultTypeError
        It is not packed data, or the class of a dataclass is not known here.
    """
    if type(value) is list:
        return [unpack(item) for item in value]
    if type(value) is not dict:
        return value
    tag = value.get(TAG)
    if tag is None:
        return {key: unpack(item) for key, item in value.items()}
    read = _READERS.get(tag)
    try:
        if read is not None:
            return read(value)
        from jupyter_agilab.exact import libraries

        return libraries.unpack(tag, value, unpack)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultTypeError(f"a packed value of the type {tag!r} cannot be read: {error}") from error


def _class_of(value: Mapping[str, Any]) -> type:
    """Find a class where it was defined, or in the notebook: the stage's module has a copy of its classes."""
    for module in (value["module"], "__main__"):
        found: Any = sys.modules.get(module)
        for step in str(value["name"]).split("."):
            found = getattr(found, step, None)
        if isinstance(found, type):
            return found
    raise ResultTypeError(
        f"the class {value['name']!r} is not known here", hint="run the cell that defines it, then this one"
    )


def _namedtuple(value: Mapping[str, Any]) -> Any:
    fields = {name: unpack(item) for name, item in value["fields"].items()}
    if value["name"] == "Pandas" and str(value["module"]).startswith("pandas"):
        # `DataFrame.itertuples` makes its class anew each time
        make: Any = collections.namedtuple  # mypy wants its fields spelt out
        made = make("Pandas", list(fields), rename=True)
        return made(*fields.values())
    kind: Any = _class_of(value)
    return kind(*fields.values())


def _dataclass(value: Mapping[str, Any]) -> Any:
    kind: Any = _class_of(value)
    made: Any = object.__new__(kind)
    for name, item in value["fields"].items():
        # frozen ones too; nothing that __init__ does may happen twice
        object.__setattr__(made, name, unpack(item))
    return made


def _time(value: Mapping[str, Any], kind: Any) -> Any:
    zone = value["zone"]
    made = kind.fromisoformat(value["text"]).replace(fold=value["fold"])
    if isinstance(zone, str):
        return made.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    if zone is not None:
        return made.replace(tzinfo=datetime.timezone(datetime.timedelta(seconds=zone)))
    return made


def _defaultdict(value: Mapping[str, Any]) -> Any:
    factory = CLASSES_OF[value["factory"]] if value["factory"] else None
    return collections.defaultdict(factory, _pairs(value))


def _items(value: Mapping[str, Any]) -> list[Any]:
    return [unpack(item) for item in value["items"]]


def _pairs(value: Mapping[str, Any]) -> dict[Any, Any]:
    return {unpack(key): unpack(item) for key, item in value["items"]}


def _three(value: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return unpack(value["start"]), unpack(value["stop"]), unpack(value["step"])


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "tuple": lambda value: tuple(_items(value)),
    "set": lambda value: set(_items(value)),
    "frozenset": lambda value: frozenset(_items(value)),
    "range": lambda value: range(*_three(value)),
    "slice": lambda value: slice(*_three(value)),
    "complex": lambda value: complex(value["real"], value["imag"]),
    "bytes": lambda value: bytes.fromhex(value["text"]),
    "bytearray": lambda value: bytearray.fromhex(value["text"]),
    "ellipsis": lambda value: ...,
    "dict": _pairs,
    "OrderedDict": lambda value: collections.OrderedDict(_pairs(value)),
    "Counter": lambda value: collections.Counter(_pairs(value)),
    "defaultdict": _defaultdict,
    "deque": lambda value: collections.deque(_items(value), value["maxlen"]),
    "date": lambda value: datetime.date.fromisoformat(value["text"]),
    "datetime": lambda value: _time(value, datetime.datetime),
    "time": lambda value: _time(value, datetime.time),
    "timedelta": lambda value: datetime.timedelta(value["days"], value["seconds"], value["microseconds"]),
    "Decimal": lambda value: decimal.Decimal(value["text"]),
    "Fraction": lambda value: fractions.Fraction(value["numerator"], value["denominator"]),
    "UUID": lambda value: uuid.UUID(value["text"]),
    "PosixPath": lambda value: pathlib.PosixPath(value["text"]),
    "WindowsPath": lambda value: pathlib.WindowsPath(value["text"]),
    "PurePosixPath": lambda value: pathlib.PurePosixPath(value["text"]),
    "PureWindowsPath": lambda value: pathlib.PureWindowsPath(value["text"]),
    "namedtuple": _namedtuple,
    "dataclass": _dataclass,
}
