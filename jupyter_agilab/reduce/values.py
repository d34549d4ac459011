"""Python values made JSON-compatible, and a plain answer where that is impossible.

What is kept as it is: None, bool, int, float (NaN and Infinity too), str, lists, tuples (they become lists)
and dictionaries. What becomes plain: dataclasses (a mapping of their fields), other mappings, numpy
scalars, dates and times (ISO 8601), paths (with ``/``), UUIDs (text), enumerations (their value),
``pandas.NA`` and ``NaT`` (None). Keys of a mapping become text as Python's json module does it (``2013`` is
stored as ``"2013"``); dates, paths, UUIDs and numpy scalars may be keys as well. Two keys with the same
text are refused, since one of them would be lost.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping
from datetime import date, time
from enum import Enum
from pathlib import PurePath
from typing import Any

from jupyter_agilab.errors import ResultTypeError
from jupyter_agilab.reduce.remedies import remedy

Place = tuple[object, ...]
"""The keys and positions that lead from the result to a value inside it."""

REFUSED: Any = object()
"""What `simple` gives for a value that is neither JSON's nor has one obvious text or number."""

TEXT = frozenset({str})
SCALARS = frozenset({str, int, float, bool, type(None)})


class UnstorableError(Exception):
    """A value cannot be stored; `refusal` makes it a sentence for the author once the partition is known.

    Attributes
    ----------
    place
        Where inside the result.
    why
        What came; goes on after ``result["a"]``.
    hint
        What to do.
    """

    def __init__(self, place: Place, why: str, hint: str) -> None:
        super().__init__(why)
        self.place = place
        self.why = why
        self.hint = hint


def refusal(error: UnstorableError, stored_as: str, partition: str, described: str) -> ResultTypeError:
    """Give the error for the author: which partition, where inside its result, what came, what to return."""
    return ResultTypeError(
        f"{name_of(partition, described)}: {shown(error.place)} {error.why}, "
        f"so the result cannot be stored as {stored_as}",
        hint=error.hint,
    )


def name_of(partition: str, described: str = "") -> str:
    """Name a partition in a sentence: ``partition 1f0c (data/a.csv)``."""
    name = f"partition {partition}" if partition else "the function"
    return f"{name} ({described})" if described else name


def shown(place: Place) -> str:
    """Write a place as Python would: ``result["a"][3]``."""
    steps = (f"[{_quoted(step)}]" if isinstance(step, str) else f"[{step!r}]" for step in place)
    return "result" + "".join(steps)


def _quoted(text: str) -> str:
    short = text if len(text) <= 40 else text[:37] + "..."
    return '"' + short.replace("\\", "\\\\").replace('"', '\\"') + '"'


def type_name(value: object) -> str:
    """Give a type's name as people write it: ``set``, ``numpy.ndarray``, ``_thread.lock``."""
    kind = type(value)
    if kind.__module__ == "builtins":
        return kind.__name__
    family = kind.__module__.partition(".")[0]
    if family in ("numpy", "pandas", "polars", "pyarrow"):
        return f"{family}.{kind.__name__}"  # people know them without the inner modules
    return f"{kind.__module__}.{kind.__qualname__}"


def simple(value: Any) -> Any:
    """Turn a scalar that JSON does not know into one that it does, else give `REFUSED`."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        return _from_numpy(value, numpy)
    pandas = sys.modules.get("pandas")
    if pandas is not None and (value is pandas.NA or value is pandas.NaT):
        return None
    if isinstance(value, Enum):
        return value.value if type(value.value) in SCALARS else simple(value.value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, PurePath):
        return value.as_posix()
    uuid = sys.modules.get("uuid")
    if uuid is not None and isinstance(value, uuid.UUID):
        return str(value)
    # Subclasses of what JSON knows, so that a csv cell or a key of such a type is not refused.
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return REFUSED


def _from_numpy(value: Any, numpy: Any) -> Any:
    if isinstance(value, numpy.floating):
        return float(value)
    if isinstance(value, numpy.integer) and not isinstance(value, numpy.timedelta64):
        return int(value)
    if isinstance(value, numpy.bool_):
        return bool(value)
    if isinstance(value, numpy.datetime64):
        return None if numpy.isnat(value) else str(value)
    return str(value) if isinstance(value, numpy.str_) else REFUSED


def has_odd_keys(value: Any) -> bool:
    """Say whether a mapping in `value` has a key that is no plain string: two may have one text.

    The C loops of ``issuperset`` look at whole containers at once: a fraction of the cost of encoding them.
    """
    if isinstance(value, dict):
        if not TEXT.issuperset(map(type, value)):
            return True
        inside: Any = value.values()
    elif isinstance(value, (list, tuple)):
        inside = value
    else:
        return False
    return not SCALARS.issuperset(map(type, inside)) and any(map(has_odd_keys, inside))


def encode_default(value: Any) -> Any:
    """Give json's encoder something that it knows; TypeError where `plain` must look closer."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        if not has_odd_keys(fields):
            return fields
    made = simple(value)
    if made is REFUSED:
        raise TypeError
    return made


def plain(value: Any, place: Place = ()) -> Any:
    """Copy `value` with every part made JSON-compatible.

    Raises
    ------
    UnstorableError
        A part cannot be stored, or two keys of a mapping have the same text.
    """
    if type(value) in SCALARS:
        return value
    if isinstance(value, Mapping):
        return dict(_plain_items(value, place))
    if isinstance(value, (list, tuple)):
        return [plain(item, (*place, position)) for position, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name), (*place, field.name))
            for field in dataclasses.fields(value)
        }
    made = simple(value)
    if made is REFUSED:
        raise UnstorableError(place, f"is of type {type_name(value)}", remedy(value))
    return made


def _plain_items(mapping: Mapping[Any, Any], place: Place) -> Iterator[tuple[str, Any]]:
    seen: dict[str, object] = {}
    for key, item in mapping.items():
        text = key_text(key, place)
        if text in seen:
            raise UnstorableError(
                place,
                f"has the keys {seen[text]!r} and {key!r}, both of which become {text!r}",
                "Keys are stored as text: give the two keys different names.",
            )
        seen[text] = key
        yield text, plain(item, (*place, key))


def key_text(key: Any, place: Place = ()) -> str:
    """Give the text of a mapping's key, as Python's json module writes it.

    Raises
    ------
    UnstorableError
        The key has no obvious text (a tuple, a set, an object).
    """
    if type(key) is str:
        return key
    made = key if type(key) in SCALARS else simple(key)
    if made is REFUSED:
        raise UnstorableError(
            place,
            f"has the key {_brief(key)} of type {type_name(key)}",
            "Keys are stored as text: use str(key), or ' '.join(map(str, key)) for a tuple.",
        )
    if made is None:
        return "null"
    if isinstance(made, bool):
        return "true" if made else "false"
    if isinstance(made, float):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(repr(made), repr(made))
    return str(made)


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
