"""select-best: the one record whose key is largest, or smallest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce.by_key import missing_key, no_results, records_of
from jupyter_agilab.reduce.custom import ResultStream
from jupyter_agilab.reduce.values import shown, type_name


def select_best(results: ResultStream, *, by: str, mode: Literal["max", "min"] = "max") -> Mapping[str, Any]:
    """Give the record with the best number under `by`; of equal ones the first. None and NaN never win.

    Parameters
    ----------
    results
        Mappings, lists of mappings, or tables.
    by
        The key to compare.
    mode
        Whether the largest or the smallest is best.

    Raises
    ------
    ReduceError
        No record has a number there, a record lacks the key, or a value under it is no number.
    """
    best: Mapping[str, Any] | None = None
    best_value: float = 0
    for record in records_of(results):
        if not isinstance(record, Mapping):
            raise ReduceError(
                f"select-best needs mappings, but {results.place()} gave {type_name(record)}",
                hint=f'Return a dictionary that has the key "{by}".',
            )
        if by not in record:
            raise missing_key("select-best", by, record, results)
        value = record[by]
        if value is None or value != value:  # noqa: PLR0124 - only NaN differs from itself
            continue
        if not isinstance(value, (int, float)):
            raise ReduceError(
                f"select-best compares numbers, but {shown((by,))} of {results.place()} "
                f"is of type {type_name(value)}"
            )
        if best is None or (value > best_value if mode == "max" else value < best_value):
            best, best_value = record, value
    if best is None:
        raise no_results("select-best")
    return best
