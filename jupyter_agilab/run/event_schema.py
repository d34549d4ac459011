"""The events of a journal, declared: what each says, with which fields. Version 1.

The reader drops what does not fit, the page ``docs/reference/events.md`` and the JSON Schema beside this
module are tested against it, and so are the journals of real runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from jupyter_agilab.run.event_types import EventField, EventType
from jupyter_agilab.run.types import FailureKind, RunState
from jupyter_agilab.run.workflow_events import WORKFLOW_EVENTS

VERSION = 1
"""Raised only where a reader of the old version would read something wrong. New events and new fields may
come without it, so pass over those that you do not know."""

SCHEMA_FILE = Path(__file__).with_name("events.schema.json")
"""The published file; a test says that it is what `json_schema` gives."""

_RANGES = r"(\d+(-\d+)?(,\d+(-\d+)?)*)?"
_TYPES: Mapping[str, tuple[tuple[type, ...], dict[str, Any]]] = {
    "text": ((str,), {"type": "string"}),
    "text or null": ((str, type(None)), {"type": ["string", "null"]}),
    "integer": ((int,), {"type": "integer"}),
    "integer or null": ((int, type(None)), {"type": ["integer", "null"]}),
    "number": ((int, float), {"type": "number"}),
    "boolean": ((bool,), {"type": "boolean"}),
    "indexes": ((str,), {"type": "string", "pattern": f"^{_RANGES}$"}),
    "list of integers": ((list,), {"type": "array", "items": {"type": "integer"}}),
    "list of texts": ((list,), {"type": "array", "items": {"type": "string"}}),
    "list of workers": ((list,), {"type": "array", "items": {"$ref": "#/$defs/worker"}}),
}


_TASK = EventField("task", "integer", "the task's number, from 1")
_ATTEMPT = EventField("attempt", "integer", "which try of the task's partitions this is, from 1")
_WORKER = EventField("worker", "text", "the worker's name")
_STATES = get_args(RunState)

COMMON: tuple[EventField, ...] = (
    EventField("v", "integer", "version of this schema, 1"),
    EventField("t", "number", "when it was written: seconds since 1970 (UTC), by the driver's clock"),
    EventField("type", "text", "which event it is"),
)
"""What every event has."""

BEAT_WORKER: tuple[EventField, ...] = (
    EventField("worker", "text", "the worker's name, with `_` for characters that a file name lacks"),
    EventField(
        "partition", "integer or null", "plan index of the partition that it is at; null: between two"
    ),
    EventField("since", "number", "since when: seconds since 1970, by the worker's clock"),
    EventField("done", "integer", "partitions that it is through with since it joined", always=False),
    EventField(
        "cpu_s", "number", "seconds of a core that its process has used; on this host only", always=False
    ),
    EventField("rss_bytes", "integer", "memory of its process now; on this host only", always=False),
)
"""What a heartbeat says of each worker."""

EVENTS: tuple[EventType, ...] = (
    EventType(
        "run.started",
        "The driver has taken over what earlier runs had, and begins.",
        (
            EventField("run_id", "text", "the run"),
            EventField("stage", "text", "its stage"),
            EventField("partitions", "integer", "partitions of the plan"),
            EventField("slots", "integer", "how many tasks run at once"),
            EventField("runner", "text", "the back end: `local`, `pool` or `dask`"),
            EventField("pid", "integer", "the driver's process"),
            EventField("host", "text", "the driver's host"),
            EventField("reused", "integer", "partitions whose results were taken over from earlier runs"),
        ),
    ),
    EventType(
        "worker.joined",
        "A worker is there, also in the middle of a run. One that takes the place of another has a name of "
        "its own, or the name of the lost one: then it continues what that one was for.",
        (
            _WORKER,
            EventField("host", "text", "its host"),
            EventField("pid", "integer or null", "its process, where that is known"),
        ),
    ),
    EventType(
        "worker.lost",
        "A worker is gone before its time. The task that it had is lost.",
        (
            _WORKER,
            EventField("cause", "text", "why, in words"),
            EventField("host", "text", "its host", always=False),
            EventField("pid", "integer or null", "its process, where that is known", always=False),
        ),
    ),
    EventType(
        "task.started",
        "A worker takes up a batch of partitions, or was just seen to be at it. Where nobody sees that, it "
        "comes right before the end of the task.",
        (
            _TASK,
            _ATTEMPT,
            EventField("partitions", "integer", "how many they are"),
            EventField("first", "integer", "plan index of the first"),
            EventField("indexes", "indexes", "their plan indexes: `0-99,105`", always=False),
            EventField("worker", "text", "the worker's name; missing where nobody knows", always=False),
        ),
    ),
    EventType(
        "task.finished",
        "A worker is through with a batch. Partitions of it that failed follow as events of their own.",
        (
            _TASK,
            _ATTEMPT,
            _WORKER,
            EventField("started", "number", "when the worker began: seconds since 1970, by its own clock"),
            EventField("seconds", "number", "what the task took"),
            EventField("finished", "integer", "partitions that have a result now"),
            EventField("bytes", "integer", "size of these results"),
            EventField("records", "integer", "records in them"),
            EventField("slowest_s", "number", "what the slowest of them took"),
            EventField("peak_memory_bytes", "integer", "peak memory of the worker's process; 0: not known"),
            EventField("indexes", "indexes", "their plan indexes", always=False),
            EventField("cpu_s", "number", "seconds of a core that they used", always=False),
            EventField(
                "segment", "text or null", "the index file of their results; null: none", always=False
            ),
        ),
    ),
    EventType(
        "task.lost",
        "A task gave no answer: its worker was lost. What it had is handed out again, in other tasks; "
        "partitions that are to blame follow as events of their own.",
        (
            _TASK,
            _ATTEMPT,
            EventField("worker", "text", "the worker's name; empty where nobody knows"),
            EventField("cause", "text", "why, in words"),
        ),
    ),
    EventType(
        "partition.failed",
        "An attempt at a partition failed.",
        (
            EventField("index", "integer", "its plan index"),
            EventField("partition", "text", "its id"),
            EventField("described", "text", "what it is, in words"),
            EventField(
                "error_type",
                "text",
                "the exception's class, or `WorkerLost`, `PartitionTimeout`, `OutOfMemory`",
            ),
            EventField("message", "text", "what the exception says"),
            EventField("traceback", "text", "the author's part of the traceback; may be empty"),
            EventField(
                "module_lines", "list of integers", "lines of the stage's module on the way, outermost first"
            ),
            EventField(
                "cell_line",
                "integer or null",
                "the innermost of them that is in the cell, as the cell's line",
            ),
            _WORKER,
            _ATTEMPT,
            EventField("final", "boolean", "whether no attempt is left"),
            EventField(
                "kind",
                "text",
                "`raised` by the function; or its worker was lost: `died`, `timeout`, out of `memory`",
                always=False,
                values=get_args(FailureKind),
            ),
            EventField("wait_s", "number", "seconds until the next attempt may begin", always=False),
            EventField("notebook", "text", "the notebook that has the cell", always=False),
            EventField("cell", "text", "the cell's id", always=False),
            EventField("source_line", "text", "the text of the innermost line", always=False),
        ),
    ),
    EventType(
        "run.beat",
        "A heartbeat: what each worker is at. Every few seconds while tasks are under way.",
        (EventField("workers", "list of workers", "one for each, see below"),),
    ),
    EventType(
        "reduce.started",
        "All results are there and whole; they are merged.",
        (EventField("reducer", "text", "the reducer's name"),),
    ),
    EventType(
        "reduce.progress",
        "How far the merging is; twice a second at most.",
        (
            EventField("merged", "integer", "partitions merged so far"),
            EventField("partitions", "integer", "of so many"),
        ),
    ),
    EventType(
        "run.ended",
        "The last event. Where the driver is killed there is none.",
        (
            EventField("state", "text", "how it ended", values=_STATES),
            EventField("finished", "integer", "partitions done by this run"),
            EventField("reused", "integer", "taken over from earlier runs"),
            EventField("failed", "integer", "failed for good"),
            EventField("seconds", "number", "what the run took"),
            EventField(
                "artifact",
                "text or null",
                "the artifact's path, from the contract's folder on where it lies there; null: none",
            ),
            EventField("message", "text", "why it ended, where a sentence says it"),
            EventField("missing_count", "integer", "partitions that the artifact lacks", always=False),
        ),
    ),
    *WORKFLOW_EVENTS,
)


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of one event. Unknown events and fields are allowed."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:jupyter-agilab:agilab.events.v1",
        "title": "Event of a run",
        "description": "One line of a run's events.jsonl.",
        "type": "object",
        **_object(COMMON),
        "allOf": [
            {
                "if": {"properties": {"type": {"const": event.name}, "v": {"const": VERSION}}},
                "then": {"description": event.text, **_object(event.fields)},
            }
            for event in EVENTS
        ],
        "$defs": {"worker": {"type": "object", **_object(BEAT_WORKER)}},
    }


def schema_text() -> str:
    """Give the text of the published file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def is_sound(event: Mapping[str, Any]) -> bool:
    """Say whether an event of this version has what a reader relies on; one of an unknown type has."""
    if not _fits(event, _COMMON_CHECKS):
        return False
    checks = _CHECKS.get(event["type"])
    return checks is None or _fits(event, checks)


_Check = tuple[str, bool, tuple[type, ...], Callable[[Any], bool] | None]


def _object(fields: tuple[EventField, ...]) -> dict[str, Any]:
    properties = {
        each.name: {
            "description": each.text,
            **_TYPES[each.type][1],
            **({"enum": list(each.values)} if each.values else {}),
        }
        for each in fields
    }
    return {"properties": properties, "required": [each.name for each in fields if each.always]}


def _fits(value: Mapping[str, Any], checks: tuple[_Check, ...]) -> bool:
    for name, always, types, is_good in checks:
        if name not in value:
            if always:
                return False
            continue
        # a boolean is an int to `isinstance`
        if type(value[name]) not in types or (is_good is not None and not is_good(value[name])):
            return False
    return True


def _checks(fields: tuple[EventField, ...]) -> tuple[_Check, ...]:
    return tuple((each.name, each.always, _TYPES[each.type][0], _further(each)) for each in fields)


def _further(field: EventField) -> Callable[[Any], bool] | None:
    if field.values:
        return frozenset(field.values).__contains__
    further: dict[str, Callable[[Any], bool]] = {
        "indexes": _is_ranges,
        "list of integers": _are_integers,
        "list of texts": _are_texts,
        "list of workers": _are_workers,
    }
    return further.get(field.type)


def _is_ranges(text: str) -> bool:
    return re.fullmatch(_RANGES, text, re.ASCII) is not None


def _are_integers(values: list[Any]) -> bool:
    return all(type(value) is int for value in values)


def _are_texts(values: list[Any]) -> bool:
    return all(type(value) is str for value in values)


def _are_workers(values: list[Any]) -> bool:
    return all(isinstance(value, dict) and _fits(value, _WORKER_CHECKS) for value in values)


_COMMON_CHECKS = _checks(COMMON)
_WORKER_CHECKS = _checks(BEAT_WORKER)
_CHECKS = {event.name: _checks(event.fields) for event in EVENTS}
