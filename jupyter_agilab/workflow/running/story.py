"""The story of a workflow's run as plain data: who worked when, for which stage, what decided its length."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.run.index_ranges import indexes_in
from jupyter_agilab.run.lanes import BarState, lanes_of
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.workflow.model import Workflow
from jupyter_agilab.workflow.running.frozen import load_frozen
from jupyter_agilab.workflow.running.status import StageStatus, WorkflowStatus
from jupyter_agilab.workflow.running.watch import WorkflowWatch

Because = Literal["input", "worker", "artifact", "stage", "start"]
"""Why something began no earlier: its input was not there, its worker was busy, the results of its own stage
were not all there to be merged, what it comes after had not ended; or it began with the run."""

# clocks and steps of the loop
_SLACK_S = 0.05
_LONGEST_PATH = 10_000


@dataclass(frozen=True, slots=True)
class StageBar:
    """One task on one worker, or the merging of a stage's results by the driver.

    The latter has ``task`` 0 and no ``worker``. Times are seconds since the run began.
    """

    stage: str
    worker: str
    task: int
    start_s: float
    stop_s: float
    state: BarState
    indexes: str
    partitions: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the critical path: a bar, what it waited for, and for how long after that was there."""

    bar: StageBar
    because: Because
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowStory:
    """A workflow's run, read at one moment.

    Attributes
    ----------
    told
        When it was read, in seconds since the epoch.
    seconds
        How long the run took, or has taken so far.
    workers
        The workers in the order in which they joined first.
    bars
        Ascending by when they began.
    critical_path
        From the start of the run to its end: each step began when the step before it had ended, or could
        have. Making one of these faster makes the run shorter.
    """

    run: RunDirectory
    told: float
    status: WorkflowStatus
    seconds: float
    workers: tuple[str, ...]
    bars: tuple[StageBar, ...]
    critical_path: tuple[Step, ...]

    @property
    def busy_s(self) -> float:
        """Seconds that workers worked, in all."""
        return sum(bar.stop_s - bar.start_s for bar in self.bars if bar.worker)

    def on_path_s(self) -> dict[str, float]:
        """Give how many seconds of the critical path each stage has."""
        found: dict[str, float] = {}
        for step in self.critical_path:
            found[step.bar.stage] = found.get(step.bar.stage, 0.0) + step.bar.stop_s - step.bar.start_s
        return found

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "status": self.status.to_json(),
            "seconds": round(self.seconds, 3),
            "busy_s": round(self.busy_s, 3),
            "workers": list(self.workers),
            "bars": [_bar_json(bar) for bar in self.bars],
            "critical_path": [
                {**_bar_json(step.bar), "because": step.because, "waited_s": round(step.waited_s, 3)}
                for step in self.critical_path
            ],
        }


def workflow_story(run: RunDirectory) -> WorkflowStory:
    """Read the story of a workflow's run, in any state; runs nothing.

    Raises
    ------
    AgilabError
        It is no directory of a workflow's run.
    """
    workflow = load_frozen(run).workflow
    status = WorkflowWatch(run).refresh()
    began = status.started or time.time()
    workers: dict[str, None] = {}
    bars: list[StageBar] = []
    for stage in status.stages:
        if stage.run_dir:
            bars += _bars_of(stage, began, workers)
    bars.sort(key=lambda bar: (bar.start_s, bar.stop_s))
    last = max((bar.stop_s for bar in bars), default=0.0)
    seconds = max(last, (status.ended or began + last) - began)
    path = _Path(workflow, status, bars).steps()
    return WorkflowStory(
        run=run,
        told=time.time(),
        status=status,
        seconds=seconds,
        workers=tuple(workers),
        bars=tuple(bars),
        critical_path=path,
    )


def _bars_of(stage: StageStatus, began: float, workers: dict[str, None]) -> list[StageBar]:
    """Read the tasks of a stage, and its merging."""
    lanes = lanes_of(RunDirectory(Path(stage.run_dir)))
    shift = lanes.origin - began
    bars = []
    for bar in lanes.bars:
        worker = lanes.workers[bar.lane].worker
        workers.setdefault(worker)
        stop_s = bar.stop_s if bar.stop_s is not None else lanes.last_s
        bars.append(
            StageBar(
                stage.name,
                worker,
                bar.task,
                bar.start_s + shift,
                stop_s + shift,
                bar.state,
                bar.indexes,
                bar.partitions,
            )
        )
    if lanes.reduce_s is not None:
        start, stop = lanes.reduce_s + shift, lanes.last_s + shift
        bars.append(StageBar(stage.name, "", 0, start, stop, "finished", "", stage.done))
    return bars


class _Path:
    """Goes back from what ended last, each time to what ended last of what it waited for."""

    def __init__(self, workflow: Workflow, status: WorkflowStatus, bars: list[StageBar]) -> None:
        self._workflow, self._bars = workflow, bars
        self._runs = {stage.name: Path(stage.run_dir) for stage in status.stages if stage.run_dir}
        self._holders: dict[str, dict[int, StageBar]] = {}

    def steps(self) -> tuple[Step, ...]:
        at = max(self._bars, key=lambda bar: bar.stop_s, default=None)
        found: list[Step] = []
        while at is not None and len(found) < _LONGEST_PATH:
            before, because = self._before(at)
            waited_s = at.start_s - (before.stop_s if before is not None else 0.0)
            found.append(Step(at, because, max(0.0, waited_s)))
            at = before
        return tuple(reversed(found))

    def _before(self, bar: StageBar) -> tuple[StageBar | None, Because]:
        """Give what ended last of what a bar waited for, and what that was to it."""
        ways: list[tuple[StageBar, Because]] = []
        if not bar.worker:
            own = [each for each in self._bars if each.stage == bar.stage and each.worker]
            ways += [(max(own, key=lambda each: each.stop_s), "artifact")] if own else []
        else:
            ways += [(each, "input") for each in self._inputs(bar)]
            declared = self._workflow.stages[bar.stage]
            for name in declared.after:
                ways += [(each, "stage") for each in self._ends_of(name)]
            if declared.artifact_of:
                ways += [(each, "input") for each in self._ends_of(declared.artifact_of)]
            # a task that is shorter than the slack is not before itself
            earlier = [
                each
                for each in self._bars
                if each.worker == bar.worker and each.start_s < bar.start_s and each is not bar
            ]
            ways += [(max(earlier, key=lambda each: each.stop_s), "worker")] if earlier else []
        ways = [
            way
            for way in ways
            if way[0] is not bar
            and way[0].stop_s <= bar.start_s + _SLACK_S
            and (way[0].start_s, way[0].stop_s) < (bar.start_s, bar.stop_s)
        ]
        if not ways:
            return None, "start"
        return max(ways, key=lambda way: way[0].stop_s)

    def _ends_of(self, stage: str) -> list[StageBar]:
        """Give the merging of a stage, or its last task."""
        of = [bar for bar in self._bars if bar.stage == stage]
        return [max(of, key=lambda bar: bar.stop_s)] if of else []

    def _inputs(self, bar: StageBar) -> list[StageBar]:
        """Give the tasks that made what a task's partitions need."""
        if not self._workflow.stages[bar.stage].elements:
            return []
        try:
            partitions = stored_partitions(self._runs[bar.stage])
            elements = [
                (str(stage), int(index))
                for place in indexes_in(bar.indexes)
                for stage, index in (partitions[place].detail or {}).get("elements", {}).values()
            ]
        except (PlanError, OSError, ValueError, IndexError):
            return []
        found = {holder: None for stage, index in elements if (holder := self._holder(stage, index))}
        return list(found)

    def _holder(self, stage: str, index: int) -> StageBar | None:
        """Give the task that finished a partition in this run."""
        if stage not in self._holders:
            self._holders[stage] = {
                place: bar
                for bar in self._bars
                if bar.stage == stage and bar.worker
                for place in indexes_in(bar.indexes)
            }
        return self._holders[stage].get(index)


def _bar_json(bar: StageBar) -> dict[str, Any]:
    return {
        "stage": bar.stage,
        "worker": bar.worker or None,
        "task": bar.task,
        "start_s": round(bar.start_s, 4),
        "stop_s": round(bar.stop_s, 4),
        "state": bar.state,
        "indexes": bar.indexes,
        "partitions": bar.partitions,
    }
