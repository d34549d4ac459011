"""A reducer tried on one, on two and on no results, before a run depends on it."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from time import perf_counter

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.reduce.types import Reducer, Results, StoredResult
from jupyter_agilab.tracebacks import authors_traceback, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducerTrial:
    """How a reducer did on ``count`` results.

    Attributes
    ----------
    count
        0, 1 or 2.
    ok
        Whether it wrote an artifact.
    error
        What it said otherwise, with the hint; empty where it is ok.
    traceback
        Of the author's own function, where that raised.
    records, artifact_bytes
        What was written, and dropped.
    seconds
        How long it took.
    """

    count: int
    ok: bool
    error: str = ""
    traceback: str = ""
    records: int = 0
    artifact_bytes: int = 0
    seconds: float = 0.0


def try_reducer(reducer: Reducer, results: Results) -> tuple[ReducerTrial, ...]:
    """Reduce one, two and no results into an unnamed temporary file, in that order.

    Parameters
    ----------
    reducer
        The reducer of the contract.
    results
        Results of a trial, at least one. A single one stands for the second as well.
    """
    stored = list(islice(results, 2))
    if len(stored) == 1:
        stored.append(stored[0]._replace(index=stored[0].index + 1))
    return tuple(_try(reducer, stored[:count]) for count in (1, 2, 0) if count <= len(stored))


def _try(reducer: Reducer, results: Sequence[StoredResult]) -> ReducerTrial:
    started = perf_counter()
    with tempfile.TemporaryFile("wb") as out:
        try:
            reduction = reducer.reduce(results, out)
            out.flush()
            return ReducerTrial(
                count=len(results),
                ok=True,
                records=reduction.records,
                artifact_bytes=out.tell(),
                seconds=perf_counter() - started,
            )
        except AgilabError as error:
            told, trace = str(error), ""
        except Exception as error:  # noqa: BLE001 - the author's function may raise anything; we report it
            told = "".join(traceback.format_exception_only(error)).strip()
            shown = authors_traceback(error)
            trace = text_of(shown) if shown else traceback.format_exc()
    return ReducerTrial(
        count=len(results), ok=False, error=told, traceback=trace, seconds=perf_counter() - started
    )
