"""The words between the panel's view in the browser and the kernel; version 1.

The browser pulls everything in windows, so that no message is larger than 1 MB. Unasked, the kernel only
sets the small synced traits of the model: ``revision`` (grows when something changed), ``summary`` (below 4
kB), ``lanes`` (at most `MOST_LANES`), ``selected`` (at most `MOST_SELECTED` plan indexes, which the browser
sets) and ``labels``. When ``revision`` changes, the browser asks again for the windows that it shows, never
with more than one request of a type under way, and paces itself by the bytes that it gets.

Every request has a ``type`` and a rising ``request`` number, and its answer has the same; an answer older
than the newest one shown is dropped. Numbers are unique per open view: they start at a random place, so
that two tabs do not take each other's answers. What cannot be answered is answered by ``{"type": "error",
"request", "message"}``.

``rows``
    Asks with ``start``, ``count`` (at most `MOST_ROWS`), ``sort`` (``[column, "asc" or "desc"]`` or null)
    and ``filter`` (``{text, states: [state], worker: lane id}``). The answer has ``total``, ``start``,
    ``columns``, ``rows`` and ``is_partial``: the plan is still being read for this sort or filter, and
    ``revision`` will change when more is known. Sizes are bytes and times seconds, null where unknown.
``bars``
    Asks with ``from_s``, ``to_s``, ``width_px`` and ``layer`` (``plan`` or ``run``); ``to_s`` not after
    ``from_s`` means all. The answer has ``layer``, ``count``, ``binned``, ``end_s``, ``is_partial``, and
    one buffer with five little-endian float32 for each bar: lane, start_s, stop_s, state's code, plan
    index. Where a bar stands for several partitions, the last is minus their number.
``find``
    Asks with ``index``, ``sort`` and ``filter``; the answer has ``position``, -1 where it is filtered out.
``detail``
    Asks with ``index``. The answer has ``index``, ``title``, ``state``, ``fields`` (pairs of texts),
    ``records`` (a text), ``log`` (``{text, is_cut}``), ``error`` (``{text, type, message, cell, line,
    source_line}`` or null) and ``attempts`` (texts). It may take a while.
``log``
    Asks with ``after``, the number of a line; the answer has ``text`` and ``next``.
``pin``
    Asks with ``indexes`` and ``worker`` (a lane's id, a host, or null); the answer ``pinned`` has ``ok``
    and ``message``.
``act``
    Asks with ``what`` (``stop``, ``retry``, ``run-selected``, ``open``) and ``indexes``; the answer
    ``acted`` has ``ok`` and ``message``. ``retry`` without indexes is all that failed.

``summary`` has ``name``, ``run_id`` (null before a run), ``mode`` (``plan``, ``run`` or ``ended``),
``state``, ``counts`` (partitions by state), ``partitions``, ``done``, ``failed``, ``rate``, ``time_left_s``,
``bytes_peak``, ``workers_alive``, ``now_s``, ``started_s``, ``ended_s``, ``planned_s``, ``message`` and
``can``: what the view may offer now, out of ``stop``, ``retry``, ``run-selected``, ``open`` and ``pin``.

Times are seconds since the run started, or since the predicted schedule does. A lane is ``{id, host,
worker, label, load_s, pinned, lost}``, its ``id`` being what ``pin`` and the filter take, and a bar's lane
its place among them; lanes beyond the last one are folded into it, and its label says so. The states are
`STATES`, and a state's code is its place among them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

STATES = ("waiting", "planned", "running", "done", "failed", "resumed", "retried", "stopped")
"""What a partition, or an attempt at one, is; a bar has the place in this list."""

WAITING, PLANNED, RUNNING, DONE, FAILED, TAKEN_OVER, RETRIED, STOPPED = range(8)

COLUMNS = (
    "index",
    "id",
    "source",
    "slice",
    "size",
    "rows",
    "planned",
    "worker",
    "state",
    "seconds",
    "attempts",
)
"""The table's columns, in the order of a row's values."""

MOST_ROWS = 200
MOST_LANES = 512
MOST_SELECTED = 1000
MOST_BARS = 20_000
MOST_TEXT = 64_000

Layer = Literal["plan", "run"]


class RequestError(ValueError):
    """A request that cannot be understood; the message says why."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are shown; empty: all of them. ``worker`` is a lane's id."""

    text: str = ""
    states: tuple[str, ...] = ()
    worker: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.states or self.worker)


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column rows are sorted."""

    column: str
    is_down: bool = False


def number(content: Mapping[str, Any], name: str, default: float | None = None) -> float:
    """Give a finite number of a request.

    Raises
    ------
    RequestError
        It is missing or something else.
    """
    value = content.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RequestError(f"{name} must be a number; got {value!r}")
    return float(value)


def whole(content: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """Give a whole number of a request; raises `RequestError`."""
    return int(number(content, name, default))


def indexes(content: Mapping[str, Any], count: int) -> list[int]:
    """Give the plan indexes of a request, each once and ascending; raises `RequestError`."""
    value = content.get("indexes") or []
    if not isinstance(value, list) or any(type(each) is not int or not 0 <= each < count for each in value):
        raise RequestError(f"indexes must be numbers from 0 to {count - 1}")
    return sorted(set(value))


def sort_of(content: Mapping[str, Any]) -> Sort | None:
    """Give a request's sort; raises `RequestError`."""
    value = content.get("sort")
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) != 2
        or value[0] not in COLUMNS
        or value[1] not in ("asc", "desc")
    ):
        raise RequestError(f'sort must be a column and "asc" or "desc"; got {value!r}')
    return Sort(value[0], value[1] == "desc")


def filter_of(content: Mapping[str, Any]) -> Filter:
    """Give a request's filter; raises `RequestError`."""
    value = content.get("filter") or {}
    if not isinstance(value, dict):
        raise RequestError(f"filter must be an object; got {value!r}")
    states = value.get("states") or []
    if not isinstance(states, list) or any(state not in STATES for state in states):
        raise RequestError(f"states must be some of {', '.join(STATES)}; got {states!r}")
    worker = value.get("worker")
    return Filter(str(value.get("text") or "").strip(), tuple(states), "" if worker is None else str(worker))


def layer_of(content: Mapping[str, Any]) -> Layer:
    """Give a request's layer; raises `RequestError`."""
    value = content.get("layer", "run")
    if value not in ("plan", "run"):  # a set cannot be asked for a list
        raise RequestError(f'layer must be "plan" or "run"; got {value!r}')
    layer: Layer = value
    return layer
