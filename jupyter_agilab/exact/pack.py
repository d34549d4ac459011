"""`pack`: from a value to JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_agilab.errors import ResultTypeError
from jupyter_agilab.exact.kinds import CLASSES_OF, TAG, class_key

Place = tuple[object, ...]

_KEPT = frozenset({str, int, float, bool, type(None)})
_HINT = "give numbers, text, lists, dictionaries, tuples, sets, dates, paths, arrays or tables"


class _RefusedError(Exception):
    """A part of the value has no exact form; ``place`` are the keys that lead to it."""

    def __init__(self, value: object, place: Place) -> None:
        super().__init__()
        self.value = value
        self.place = place


def pack(value: Any) -> Any:
    """Give `value` as JSON-compatible data from which `unpack` makes the same value of the same type.

    Numbers, text, None, lists and dictionaries with text keys stay as they are. Tuples, sets, other
    dictionaries, dates, paths, dataclasses, numpy's arrays and numbers, tables of pandas, polars and pyarrow
    become tables that name their type.

    Raises
    ------
    ResultTypeError
        A part of the value is of another type: a model, an open file, an object of a class that is no
        dataclass. The message says which part.
    """
    try:
        return packed(value, ())
    except _RefusedError as refused:
        where = "".join(f"[{step!r}]" for step in refused.place)
        kind = type(refused.value)
        raise ResultTypeError(
            f"the value{where and f' at {where}'} is of the type {kind.__module__}.{kind.__qualname__}, "
            "which cannot be given back as it is",
            hint=_HINT,
        ) from None
    except RecursionError:
        raise ResultTypeError("the value contains itself, or is nested too deeply", hint=_HINT) from None


def packed(value: Any, place: Place) -> Any:
    """Pack a part of a value; `place` leads to it."""
    kind = type(value)
    if kind in _KEPT:
        return value
    if kind is list:
        return [packed(item, (*place, index)) for index, item in enumerate(value)]
    if kind is dict:
        if all(type(key) is str for key in value) and TAG not in value:
            return {key: packed(item, (*place, key)) for key, item in value.items()}
        return _items("dict", value, place)
    name = class_key(kind)
    write = _WRITERS.get(name)
    if write is not None:
        return write(value, place)
    names = getattr(kind, "_fields", None)
    if issubclass(kind, tuple) and isinstance(names, tuple):
        return _of_class("namedtuple", value, {each: getattr(value, each) for each in names}, place)
    root = kind.__module__.partition(".")[0]
    if root in {"numpy", "pandas", "polars", "pyarrow"}:
        from jupyter_agilab.exact import libraries

        found = libraries.pack(value, lambda part, step: packed(part, (*place, step)))
        if found is not None:
            return found
    elif dataclasses.is_dataclass(kind):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(kind)}
        if fields.keys() >= getattr(value, "__dict__", {}).keys():
            return _of_class("dataclass", value, fields, place)
    raise _RefusedError(value, place)


def _of_class(tag: str, value: object, fields: Mapping[str, Any], place: Place) -> dict[str, Any]:
    kind = type(value)
    inside = {name: packed(item, (*place, name)) for name, item in fields.items()}
    return {TAG: tag, "module": kind.__module__, "name": kind.__qualname__, "fields": inside}


def _items(tag: str, value: Mapping[Any, Any], place: Place, **more: Any) -> dict[str, Any]:
    pairs = [[packed(key, (*place, key)), packed(item, (*place, key))] for key, item in value.items()]
    return {TAG: tag, "items": pairs, **more}


def _defaultdict(value: Any, place: Place) -> dict[str, Any]:
    factory = value.default_factory
    name = next((name for name, kind in CLASSES_OF.items() if kind is factory), None)
    if factory is not None and name is None:
        raise _RefusedError(factory, (*place, "default_factory"))
    return _items("defaultdict", value, place, factory=name)


def _sequence(tag: str) -> Callable[[Any, Place], dict[str, Any]]:
    return lambda value, place: {
        TAG: tag,
        "items": [packed(item, (*place, index)) for index, item in enumerate(value)],
    }


def _text(tag: str, text: Callable[[Any], str]) -> Callable[[Any, Place], dict[str, Any]]:
    return lambda value, _: {TAG: tag, "text": text(value)}


def _numbers(tag: str, *names: str) -> Callable[[Any, Place], dict[str, Any]]:
    """Give a writer that keeps the attributes `names`."""
    return lambda value, place: {TAG: tag, **{name: packed(getattr(value, name), place) for name in names}}


def _zone(value: Any, place: Place, tag: str) -> dict[str, Any]:
    """Keep a time; its zone is named, or an offset in seconds."""
    zone = value.tzinfo
    told: Any = None
    if zone is not None:
        if class_key(type(zone)) == "zoneinfo.ZoneInfo" and zone.key:
            told = zone.key
        elif class_key(type(zone)) == "datetime.timezone":
            told = zone.utcoffset(None).total_seconds()
        else:
            raise _RefusedError(zone, (*place, "tzinfo"))
    return {TAG: tag, "text": value.replace(tzinfo=None).isoformat(), "zone": told, "fold": value.fold}


def _bytes(tag: str) -> Callable[[Any, Place], dict[str, Any]]:
    return _text(tag, lambda value: bytes(value).hex())


_WRITERS: Mapping[str, Callable[[Any, Place], Any]] = {
    "builtins.tuple": _sequence("tuple"),
    "builtins.set": _sequence("set"),
    "builtins.frozenset": _sequence("frozenset"),
    "builtins.range": _numbers("range", "start", "stop", "step"),
    "builtins.slice": _numbers("slice", "start", "stop", "step"),
    "builtins.complex": _numbers("complex", "real", "imag"),
    "builtins.bytes": _bytes("bytes"),
    "builtins.bytearray": _bytes("bytearray"),
    "builtins.ellipsis": lambda value, place: {TAG: "ellipsis"},
    "collections.OrderedDict": lambda value, place: _items("OrderedDict", value, place),
    "collections.Counter": lambda value, place: _items("Counter", value, place),
    "collections.defaultdict": _defaultdict,
    "collections.deque": lambda value, place: {
        **_sequence("deque")(value, place),
        "maxlen": value.maxlen,
    },
    "datetime.date": _text("date", lambda value: str(value.isoformat())),
    "datetime.datetime": lambda value, place: _zone(value, place, "datetime"),
    "datetime.time": lambda value, place: _zone(value, place, "time"),
    "datetime.timedelta": _numbers("timedelta", "days", "seconds", "microseconds"),
    "decimal.Decimal": _text("Decimal", str),
    "fractions.Fraction": _numbers("Fraction", "numerator", "denominator"),
    "uuid.UUID": _text("UUID", str),
    **{
        f"{module}.{name}": _text(name, str)
        for module in ("pathlib", "pathlib._local")
        for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")
    },
}
"""How each type of Python's is written, by its full name, so that none is imported for it."""
