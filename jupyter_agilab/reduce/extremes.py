"""min and max: of numbers or text, or key by key of mappings and table rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import gt, lt
from typing import Any

from jupyter_agilab.reduce.by_key import KeyByKey
from jupyter_agilab.reduce.custom import ResultStream

Value = float | str | None


def smallest(
    results: ResultStream, *, keys: list[str] | None = None, skipna: bool = False
) -> dict[str, Value] | Value:
    """Give the smallest number or text, or that of each key over the records that have it.

    Parameters
    ----------
    results
        Numbers, text (dates are ISO 8601 text), mappings of them, lists of mappings, or tables.
    keys
        The keys to look at, which every record must have then; by default all that come.
    skipna
        Leave NaN out instead of giving NaN.
    """
    look = KeyByKey(reducer="min", keys=keys, skipna=skipna, takes_text=True)
    found = look.accumulate(results, partial(_Extreme, lt))
    return {key: each.value for key, each in found.items()} if isinstance(found, dict) else found.value


def largest(
    results: ResultStream, *, keys: list[str] | None = None, skipna: bool = False
) -> dict[str, Value] | Value:
    """Give the largest number or text, or that of each key; see `smallest`."""
    look = KeyByKey(reducer="max", keys=keys, skipna=skipna, takes_text=True)
    found = look.accumulate(results, partial(_Extreme, gt))
    return {key: each.value for key, each in found.items()} if isinstance(found, dict) else found.value


class _Extreme:
    __slots__ = ("_is_better", "value")

    def __init__(self, is_better: Callable[[Any, Any], bool]) -> None:
        self._is_better = is_better
        self.value: Value = None

    def add(self, value: Any, weight: float, /) -> None:
        if self.value is None or self._is_better(value, self.value) or value != value:  # noqa: PLR0124 - NaN wins
            self.value = value
