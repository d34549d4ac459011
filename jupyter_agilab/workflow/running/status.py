"""A workflow's run as one status that any display can show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.run.types import ENDED, RunState
from jupyter_agilab.run.watch import RunStatus
from jupyter_agilab.workflow.graph import Edge
from jupyter_agilab.workflow.running.stage_run import StageState


@dataclass(slots=True, kw_only=True)
class StageStatus:
    """One stage of a workflow's run.

    Attributes
    ----------
    name, contract, group, when
        As the workflow has them.
    state
        Where it stands: ``waiting`` for its inputs, ``skipped`` because a stage that it depends on did not
        end well.
    partitions
        How many it has; None before it is planned.
    finished, reused, failed, skipped, running
        Done by this run, taken over from earlier runs, failed for good, skipped because of what failed
        before, under way.
    started, seconds
        Seconds since the epoch, and seconds that it took so far; 0 before it starts.
    artifact
        The file that it wrote.
    run_dir
        Its run's directory; empty where it is off.
    message
        Why it ended, where a sentence says it.
    failures
        The first of its own failures, and then of the ancestors of what was skipped, as events have them.
    run
        All that is known of its run; None where it is off.
    """

    name: str
    contract: str
    state: StageState
    group: str = ""
    when: str = ""
    partitions: int | None = None
    finished: int = 0
    reused: int = 0
    failed: int = 0
    skipped: int = 0
    running: int = 0
    started: float = 0.0
    seconds: float = 0.0
    artifact: str | None = None
    run_dir: str = ""
    message: str = ""
    failures: list[dict[str, Any]] = field(default_factory=list)
    skips: list[dict[str, Any]] = field(default_factory=list)
    run: RunStatus | None = None

    @property
    def done(self) -> int:
        """Partitions that have a result."""
        return self.finished + self.reused

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "name": self.name,
            "contract": self.contract,
            "state": self.state,
            "partitions": self.partitions,
            "finished": self.finished,
            "failed": self.failed,
            "skipped": self.skipped,
            "reused": self.reused,
            "running": self.running,
            "started": self.started or None,
            "seconds": round(self.seconds, 3),
            "artifact": self.artifact,
            "group": self.group or None,
            "when": self.when or None,
            "run_dir": self.run_dir or None,
            "message": self.message,
            "failures": self.failures,
            "skips": self.skips,
        }


@dataclass(slots=True, kw_only=True)
class WorkflowStatus:
    """A run of a workflow as its journals show it.

    Attributes
    ----------
    state
        As of a run: ``partial`` where some stages have not finished, ``failed`` where none has, or where the
        workflow stops at the first failure.
    stages
        In an order in which each comes after all that it depends on.
    started, ended
        Seconds since the epoch; None before that.
    workers
        The workers that live, by name, with their hosts.
    """

    name: str
    run_id: str
    run_dir: str
    state: RunState = "submitted"
    started: float | None = None
    ended: float | None = None
    message: str = ""
    stages: list[StageStatus] = field(default_factory=list)
    edges: tuple[Edge, ...] = ()
    workers: dict[str, str] = field(default_factory=dict)
    runner: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED

    def stage(self, name: str) -> StageStatus:
        """Give the status of a stage.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        return {stage.name: stage for stage in self.stages}[name]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``workflow run --json``."""
        return {
            "name": self.name,
            "run_id": self.run_id,
            "run_dir": self.run_dir,
            "state": self.state,
            "started": self.started,
            "ended": self.ended,
            "message": self.message,
            "stages": [stage.to_json() for stage in self.stages],
            "edges": [edge.to_json() for edge in self.edges],
        }
