"""sum and mean: of numbers, or key by key of mappings and table rows. Exact: rounded once, at the end."""

from __future__ import annotations

from jupyter_agilab.reduce.by_key import KeyByKey
from jupyter_agilab.reduce.custom import ResultStream
from jupyter_agilab.reduce.exact_sum import ExactSum, nearest_float


def total(
    results: ResultStream, *, keys: list[str] | None = None, skipna: bool = False
) -> dict[str, float] | float:
    """Add up numbers, or key by key; a key that a record does not have adds nothing.

    Parameters
    ----------
    results
        Numbers, mappings, lists of mappings, or tables.
    keys
        The keys to add up, which every record must have then; by default all that come.
    skipna
        Leave NaN out instead of giving NaN.
    """
    sums = KeyByKey(reducer="sum", keys=keys, skipna=skipna).accumulate(results, ExactSum)
    return {key: each.value() for key, each in sums.items()} if isinstance(sums, dict) else sums.value()


def mean(
    results: ResultStream, *, keys: list[str] | None = None, weight: str | None = None, skipna: bool = False
) -> dict[str, float | None] | float | None:
    """Give the mean of numbers, or of each key over the records that have it; null where all are None.

    Parameters
    ----------
    results
        Numbers, mappings, lists of mappings, or tables.
    keys
        The keys to average, which every record must have then; by default all that come.
    weight
        The key that says how much a record counts, such as the rows that its mean was taken over. Every
        record must have it; the artifact leaves it out.
    skipna
        Leave NaN out instead of giving NaN.
    """
    look = KeyByKey(reducer="mean", keys=keys, weight=weight, skipna=skipna)
    means = look.accumulate(results, _Mean)
    return {key: each.value() for key, each in means.items()} if isinstance(means, dict) else means.value()


class _Mean:
    __slots__ = ("_values", "_weights")

    def __init__(self) -> None:
        self._values = ExactSum()
        self._weights = ExactSum()

    def add(self, value: float, weight: float, /) -> None:
        self._values.add(value, weight)
        self._weights.add(weight)

    def value(self) -> float | None:
        values, weights = self._values.exact(), self._weights.exact()
        if values is None:
            return self._values.value()
        return nearest_float(values / weights) if weights else None
