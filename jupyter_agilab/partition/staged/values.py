"""Values that rows are grouped by: which are missing, which are equal, and what a key's bucket is."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

MISSING: Final = frozenset(
    (
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
        *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    )
)
"""What stands in a CSV file for no value: the texts that `pandas.read_csv` takes for missing."""

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?inf(inity)?", re.IGNORECASE)
_SHOWN = 60
_TRUTH = {"true": True, "false": False}


def known(value: object) -> object:
    """Give a value as it counts: None for NaN too, and for what pandas takes for missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return None if isinstance(value, str) and value in MISSING else value


def as_numbers(texts: Sequence[str]) -> list[Any] | None:
    """Give the numbers, or truth values, that all of some texts are; None where one is another text.

    That is how a whole column of a CSV file gets its type.
    """
    stripped = [text.strip(" ") for text in texts]
    if all(map(_WHOLE.fullmatch, stripped)):
        return [int(text) for text in stripped]
    if all(map(_NUMBER.fullmatch, stripped)):
        return [float(text) for text in stripped]
    if all(text.lower() in _TRUTH for text in texts):
        return [_TRUTH[text.lower()] for text in texts]
    return None


def key_text(value: object) -> str:
    """Give the text that a key's bucket is calculated from.

    A number is written the same whatever its type and width: ``1``, ``1.0`` and the text ``"1"`` are one key,
    and so are ``"007"`` and 7. ``True`` is the text ``true``. Dates are written as ISO 8601. Missing values
    are one key.
    """
    value = known(value)
    if value is None:
        return ""
    if isinstance(value, str):
        stripped = value.strip()
        if _WHOLE.fullmatch(stripped):
            return str(int(stripped))
        if _NUMBER.fullmatch(stripped):
            return _number_text(float(stripped))
        return value.lower() if value.lower() in _TRUTH else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return _number_text(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else repr(value)


def _number_text(value: float | Decimal) -> str:
    if value == value.to_integral_value() if isinstance(value, Decimal) else float(value).is_integer():
        return str(int(value))
    return repr(float(value))


def bucket_of(values: Sequence[object], buckets: int) -> int:
    """Give a key's bucket: BLAKE2b of its texts (UTF-8, each after its length), modulo the buckets."""
    digest = blake2b(digest_size=8)
    for value in values:
        data = key_text(value).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return int.from_bytes(digest.digest(), "big") % buckets


def shown(value: object) -> str:
    """Write a value for people."""
    if value is None:
        return "no value"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = value if isinstance(value, str) and value.isprintable() else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def rank(value: object) -> tuple[int, Any]:
    """Give what values are sorted by: numbers, then text, then all else; no value comes last."""
    if value is None:
        return 9, 0
    if isinstance(value, bool | int | float | Decimal):
        return 0, value
    if isinstance(value, str):
        return 1, value
    if isinstance(value, bytes):
        return 2, value
    return (3, value.isoformat()) if isinstance(value, date | time) else (4, repr(value))
