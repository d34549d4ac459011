"""The events that only workflows have: those of a workflow's own journal, and partitions that are skipped."""

from __future__ import annotations

from typing import get_args

from jupyter_agilab.run.event_types import EventField, EventType
from jupyter_agilab.run.types import RunState

STAGE_STATES = ("finished", "partial", "failed", "skipped", "stopped")
"""How a stage of a workflow can end."""

_STAGE = EventField("stage", "text", "the stage's name in the workflow")
_RUN_ID = EventField("run_id", "text", "the stage's own run")

WORKFLOW_EVENTS: tuple[EventType, ...] = (
    EventType(
        "workflow.started",
        "The driver of a workflow begins.",
        (
            EventField("run_id", "text", "the workflow's run"),
            EventField("workflow", "text", "its name"),
            EventField("stages", "list of texts", "its stages, each after all that it depends on"),
            EventField("slots", "integer", "how many workers were asked for"),
            EventField("runner", "text", "the back end: `local`, `pool` or `dask`"),
            EventField("pid", "integer", "the driver's process"),
            EventField("host", "text", "the driver's host"),
        ),
    ),
    EventType(
        "stage.started",
        "A stage of a workflow is planned, has taken over what earlier runs had, and begins. Its own journal "
        "says more.",
        (
            _STAGE,
            _RUN_ID,
            EventField("partitions", "integer", "partitions of its plan"),
            EventField("reused", "integer", "partitions whose results were taken over"),
        ),
    ),
    EventType(
        "partition.skipped",
        "Partitions of a stage cannot be done, because one that they depend on has failed for good.",
        (
            _STAGE,
            EventField("partitions", "integer", "how many they are"),
            EventField("indexes", "indexes", "their plan indexes"),
            EventField("ancestor_stage", "text", "the stage whose partition failed"),
            EventField("ancestor", "integer", "the plan index of the one that failed"),
            EventField("ancestor_partition", "text", "its id"),
            EventField("ancestor_described", "text", "what it is, in words"),
            EventField("ancestor_run", "text", "the directory of its run"),
            EventField("error_type", "text", "the class of its exception"),
            EventField("message", "text", "what the exception says"),
            EventField("traceback", "text", "the author's part of the traceback: its last 4,000 characters"),
            EventField("logs", "text", "the folder of what its stage printed"),
        ),
    ),
    EventType(
        "stage.ended",
        "A stage of a workflow has ended.",
        (
            _STAGE,
            _RUN_ID,
            EventField("state", "text", "how it ended", values=STAGE_STATES),
            EventField("finished", "integer", "partitions done by this run"),
            EventField("reused", "integer", "taken over from earlier runs"),
            EventField("failed", "integer", "failed for good"),
            EventField("skipped", "integer", "not done, because others failed"),
            EventField("message", "text", "why it ended, where a sentence says it"),
        ),
    ),
    EventType(
        "replica.ended",
        "A replica of a group has called its `teardown`.",
        (
            EventField("replica", "text", "the group and the replica's number, as `g1-0`"),
            EventField("worker", "text", "the worker's name"),
            EventField("message", "text", "what went wrong; empty where nothing did"),
            EventField("traceback", "text", "the author's part of the traceback; may be empty"),
        ),
    ),
    EventType(
        "workflow.ended",
        "The last event of a workflow's journal. Where the driver is killed there is none.",
        (
            EventField("state", "text", "how it ended", values=get_args(RunState)),
            EventField("seconds", "number", "what the run took"),
            EventField("message", "text", "why it ended, where a sentence says it"),
        ),
    ),
)
