"""Which captured values are constants, how TOML and how Python write them, and their annotations."""

from __future__ import annotations

import datetime
import decimal
import fractions
import math
import pathlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.extract.imports import ImportTable
from jupyter_agilab.extract.kinds import is_exactly, is_one_of

MOST_ITEMS = 100
MOST_CHARACTERS = 2000

_SCALARS = (bool, int, float, str)
_TIMES = (datetime.datetime, datetime.date, datetime.time)
_CONTAINERS = (list, tuple, set, frozenset, dict)
_PATHS = (pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath)
_OTHERS: tuple[type, ...] = (
    bytes,
    complex,
    range,
    slice,
    type(None),
    type(...),
    re.Pattern,
    datetime.timedelta,
    datetime.timezone,
)
_OTHERS += (decimal.Decimal, fractions.Fraction)
_ATOMS: tuple[type, ...] = (*_SCALARS, *_TIMES, *_PATHS, *_OTHERS)


@dataclass(frozen=True, slots=True)
class TomlConstant:
    """A value as TOML holds it, and what makes the notebook's type of it again.

    ``annotation`` is the parameter's; ``restore`` is ``tuple`` or ``Path``, empty where TOML gives back the
    value.
    """

    value: Any
    annotation: str
    restore: str = ""


def is_constant(value: Any) -> bool:
    """Tell whether a value is plain and small: by exact type to any depth, so that no method is strange."""
    items = characters = 0
    pending: list[Any] = [value]
    while pending:
        item = plain_number(pending.pop())
        items += 1
        if items > MOST_ITEMS:
            return False
        if is_one_of(item, (str, bytes)):
            characters += len(item)
            if characters > MOST_CHARACTERS:
                return False
        if type(item) is dict:
            pending.extend(item.keys())
            pending.extend(item.values())
        elif is_one_of(item, _CONTAINERS):
            if len(item) > MOST_ITEMS:
                return False
            pending.extend(item)
        elif type(item) is slice:
            pending.extend((item.start, item.stop, item.step))
        elif type(item) is int:
            if item.bit_length() > 4096:
                return False
        elif is_one_of(item, (datetime.datetime, datetime.time)):
            if item.tzinfo is not None and type(item.tzinfo) is not datetime.timezone:
                return False
        elif not is_one_of(item, _ATOMS) and not _is_pandas_time(item):
            return False
    return True


def plain_number(value: Any) -> Any:
    """Give a numpy scalar as the Python number that it is; everything else as it came."""
    for name in (
        "float64",
        "float32",
        "int64",
        "int32",
        "int16",
        "int8",
        "uint8",
        "uint16",
        "uint32",
        "bool",
    ):
        if is_exactly(value, "numpy", name):
            return value.item()
    return str(value) if is_exactly(value, "numpy", "str_") else value


def toml_constant(value: Any, imports: ImportTable) -> TomlConstant | None:
    """Give the form in which TOML holds a constant; None where it cannot hold it."""
    value = plain_number(value)
    if type(value) in _PATHS and isinstance(value, pathlib.Path):
        return TomlConstant(value.as_posix(), imports.reference("pathlib", "Path"), "Path")
    if type(value) is tuple and value and all(_toml_can_hold(item, nested=False) for item in value):
        items = [plain_number(item) for item in value]
        inside = _common([annotation_of(item, imports) for item in items])
        sequence = imports.reference("collections.abc", "Sequence")
        return TomlConstant(items, f"{sequence}[{inside}]" if inside else sequence, "tuple")
    if not _toml_can_hold(value, nested=True):
        return None
    return TomlConstant(_plain_deep(value), annotation_of(value, imports))


def _toml_can_hold(value: Any, *, nested: bool) -> bool:
    value = plain_number(value)
    if type(value) is int:
        return -(2**63) <= value < 2**63
    if type(value) in (bool, float, str, datetime.date):
        return True
    if type(value) is datetime.datetime or type(value) is datetime.time:
        return value.fold == 0 and _is_whole_minutes(value.tzinfo)
    if nested and type(value) is list:
        return all(_toml_can_hold(item, nested=True) for item in value)
    if nested and type(value) is dict:
        return all(type(k) is str and _toml_can_hold(v, nested=True) for k, v in value.items())
    return False


def _is_whole_minutes(zone: datetime.tzinfo | None) -> bool:
    offset = zone.utcoffset(None) if type(zone) is datetime.timezone else None
    return zone is None or (
        offset is not None and offset % datetime.timedelta(minutes=1) == datetime.timedelta()
    )


def _plain_deep(value: Any) -> Any:
    if type(value) is list:
        return [_plain_deep(item) for item in value]
    if type(value) is dict:
        return {key: _plain_deep(item) for key, item in value.items()}
    return plain_number(value)


def annotation_of(value: Any, imports: ImportTable) -> str:
    """Give the annotation of a constant: ``float``, ``list[str]``, ``dict[str, int]``."""
    value = plain_number(value)
    if type(value) in _SCALARS:
        return type(value).__name__
    if type(value) in _TIMES:
        return imports.reference("datetime", type(value).__name__)
    if type(value) is list:
        inside = _common([annotation_of(item, imports) for item in value])
        return f"list[{inside}]" if inside else "list"
    if type(value) is dict:
        inside = _common([annotation_of(item, imports) for item in value.values()])
        return f"dict[str, {inside}]" if inside else "dict"
    return ""


def _common(annotations: Iterable[str]) -> str:
    """Give the annotation that covers all; empty where there is none but ``object``."""
    kinds = set(annotations)
    if kinds == {"int", "float"}:
        return "float"
    return kinds.pop() if len(kinds) == 1 else ""


def _needs_a_call(part: float) -> bool:
    """Say whether a part of a complex number is lost in ``a+bj``, a sum in which -0.0 becomes 0.0."""
    return not math.isfinite(part) or (part == 0 and math.copysign(1, part) < 0)


def python_text(value: Any, imports: ImportTable) -> str:
    """Write a constant as a Python expression, adding its imports; equal values give equal text."""
    value = plain_number(value)
    if type(value) is float:
        if math.isfinite(value):
            return repr(value)
        return 'float("nan")' if math.isnan(value) else f'float("{"-" if value < 0 else ""}inf")'
    if type(value) is complex and any(map(_needs_a_call, (value.real, value.imag))):
        return f"complex({python_text(value.real, imports)}, {python_text(value.imag, imports)})"
    if type(value) is str:
        return _string(value)
    if type(value) in (bool, int, bytes, type(None), range, complex) or value is ...:
        return repr(value) if value is not ... else "..."
    if type(value) is list:
        return "[" + _joined(value, imports) + "]"
    if type(value) is tuple:
        return "(" + _joined(value, imports) + ("," if len(value) == 1 else "") + ")"
    if type(value) in (set, frozenset):
        return _set(value, imports)
    if type(value) is dict:
        entries = (f"{python_text(k, imports)}: {python_text(v, imports)}" for k, v in value.items())
        return "{" + ", ".join(entries) + "}"
    return _constructed(value, imports)


def _string(value: str) -> str:
    text = repr(value)
    return '"' + text[1:-1].replace("\\'", "'") + '"' if text[0] == "'" and '"' not in value else text


def _joined(values: Iterable[Any], imports: ImportTable) -> str:
    return ", ".join(python_text(item, imports) for item in values)


def _set(value: set[Any] | frozenset[Any], imports: ImportTable) -> str:
    # a set has no order of its own, so its text gets one
    inside = ", ".join(sorted(python_text(item, imports) for item in value))
    if type(value) is set:
        return f"{{{inside}}}" if inside else "set()"
    return f"frozenset({{{inside}}})" if inside else "frozenset()"


def _constructed(value: Any, imports: ImportTable) -> str:
    if type(value) in _PATHS:
        name = "Path" if isinstance(value, pathlib.Path) else type(value).__name__
        return f"{imports.reference('pathlib', name)}({_string(value.as_posix())})"
    if type(value) is re.Pattern:
        function = imports.reference("re", "compile", prefer="re")
        flags = _flags(value, function.rpartition(".")[0] or "re")
        return f"{function}({_regular_expression(value.pattern)}{flags})"
    if type(value) is slice:
        return f"slice({_joined((value.start, value.stop, value.step), imports)})"
    if type(value) in (*_TIMES, datetime.timedelta, datetime.timezone):
        return _time(value, imports)
    if type(value) is decimal.Decimal:
        return f'{imports.reference("decimal", "Decimal")}("{value}")'
    if type(value) is fractions.Fraction:
        return f"{imports.reference('fractions', 'Fraction')}({value.numerator}, {value.denominator})"
    name = "Timestamp" if is_exactly(value, "pandas", "Timestamp") else "Timedelta"
    return f'{imports.reference("pandas", name, prefer="pd")}("{value.isoformat()}")'


def _time(value: Any, imports: ImportTable) -> str:
    name = imports.reference("datetime", type(value).__name__)
    if type(value) is datetime.timezone:
        offset = value.utcoffset(None)
        return f"{name}.utc" if not offset else f"{name}({_time(offset, imports)})"
    text: str = repr(value).removeprefix("datetime.").partition("(")[2]
    zone = getattr(value, "tzinfo", None)
    if zone is not None:
        text = re.sub(r"tzinfo=.*\)$", "", text) + f"tzinfo={_time(zone, imports)})"
    return f"{name}({text}"


def _regular_expression(pattern: str | bytes) -> str:
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    prefix = "b" if isinstance(pattern, bytes) else ""
    raw = (
        text.isprintable() and text.isascii() and not text.endswith("\\") and '"' not in text and "\\" in text
    )
    return f'{prefix}r"{text}"' if raw else (_string(pattern) if isinstance(pattern, str) else repr(pattern))


def _flags(value: re.Pattern[Any], module: str) -> str:
    usual = re.UNICODE if isinstance(value.pattern, str) else re.RegexFlag(0)
    flags = re.RegexFlag(value.flags) & ~usual
    names = [flag.name for flag in re.RegexFlag if flag & flags and flag.name]
    return ", " + " | ".join(f"{module}.{name}" for name in names) if names else ""


def _is_pandas_time(value: Any) -> bool:
    return (is_exactly(value, "pandas", "Timestamp") and value.tz is None) or is_exactly(
        value, "pandas", "Timedelta"
    )
