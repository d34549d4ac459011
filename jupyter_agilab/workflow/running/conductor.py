"""The loop that runs all stages of a workflow on one runner.

A stage begins when its plan can be made: when the artifact that it splits is written, what it comes after has
ended well, and the stages whose elements feed it have begun. Its partitions are handed out one by one as what
they need is there, those of the deepest stages first, so that what was begun comes to its end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jupyter_agilab.run.batching import Batcher
from jupyter_agilab.run.crew import Crew
from jupyter_agilab.run.driver import sentence_of
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.execute import Execution
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import environment, update_manifest
from jupyter_agilab.run.types import Failure, RunState, TaskReport
from jupyter_agilab.workflow.graph import in_order, needs
from jupyter_agilab.workflow.model import Workflow
from jupyter_agilab.workflow.running.dispatch import Dispatcher
from jupyter_agilab.workflow.running.feeding import Feeding, shape_of
from jupyter_agilab.workflow.running.frozen import FrozenWorkflow
from jupyter_agilab.workflow.running.late_plans import plan_late
from jupyter_agilab.workflow.running.ready_batcher import ANY_LANE, ReadyBatcher
from jupyter_agilab.workflow.running.stage_run import Ancestor, StageRun, skipped_fields

_WAIT_S = 0.2
_BESIDE_THREAD_S = 0.03


class Conductor:
    """Runs all stages.

    Parameters
    ----------
    frozen, run
        What to run, and the workflow's run directory.
    events
        The workflow's journal.
    should_stop
        Asked at least five times a second.
    give_grace
        Called when a stop waits for replicas of groups to end what they began.
    """

    def __init__(
        self,
        frozen: FrozenWorkflow,
        run: RunDirectory,
        events: EventWriter,
        should_stop: Callable[[], bool],
        give_grace: Callable[[], None],
    ) -> None:
        self._frozen, self._events, self._should_stop = frozen, events, should_stop
        self._log = run.driver_log
        self._environments: dict[Path, dict[str, Any]] = {}
        workflow = frozen.workflow
        depths = _depths(workflow)
        self.stages: dict[str, StageRun] = {
            each.name: StageRun(each, workflow.stages[each.name], depths[each.name]) for each in frozen.stages
        }
        self._on = [stage for stage in self.stages.values() if not stage.has_ended]
        self._consumers: dict[str, list[StageRun]] = {name: [] for name in self.stages}
        for stage in self._on:
            for name in dict.fromkeys(feed.stage for feed in stage.stage.elements):
                self._consumers[name].append(stage)
        self._dispatcher = Dispatcher(frozen, run, events, self._on, should_stop, give_grace)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="workflow")
        self._working: dict[StageRun, Future[Any]] = {}
        self._is_giving_up = False

    def go(self) -> RunState:
        """Run them; blocks until all have ended, or are stopped, and says how.

        Raises
        ------
        AgilabError
            The run cannot go on; what is finished is kept.
        """
        try:
            who = {"pid": os.getpid(), "created": _created()}
            for stage in self._on:
                stage.open(self._should_stop, who)
            while not self._should_stop():
                self._advance()
                if all(stage.has_ended for stage in self._on):
                    break
                if not self._is_giving_up:
                    self._dispatcher.hand_out()
                elif not self._dispatcher.under_way and not self._working:
                    break
                self._listen()
            self._dispatcher.tear_down()
        finally:
            self._dispatcher.end()
        return self._conclude()

    def end_all(self, state: str, message: str) -> None:
        """Tell the end of the stages that have not ended; for a driver that gives up."""
        for stage in self._on:
            if not stage.has_ended:
                self._end(stage, "stopped" if state == "stopped" else "failed", message)

    # how stages begin and end

    def _advance(self) -> None:
        """Let stages begin whose inputs are there, and those end that are done."""
        for stage, work in list(self._working.items()):
            if work.done():
                del self._working[stage]
                self._take(stage, work)
        progress = True
        while progress:
            progress = False
            for stage in self._on:
                if stage.state == "waiting" and stage not in self._working:
                    progress |= self._consider(stage)
                elif stage.state == "running" and stage not in self._working:
                    assert stage.execution is not None
                    if stage.execution.is_done and not self._is_giving_up:
                        self._working[stage] = self._thread.submit(stage.settle)

    def _consider(self, stage: StageRun) -> bool:
        """Begin a stage where it can, or skip it where it never can; say whether that changed anything."""
        if self._is_giving_up:
            return False
        for name in stage.stage.needs:
            other = self.stages[name]
            if other.state == "off":
                continue
            is_feed = any(feed.stage == name for feed in stage.stage.elements)
            if other.has_ended and other.state != "finished" and (not is_feed or name in stage.stage.after):
                self._skip_stage(stage, other)
                return True
            if is_feed and other.located is None:
                if other.has_ended:
                    self._skip_stage(stage, other)
                    return True
                return False
            if (not is_feed or name in stage.stage.after) and other.state != "finished":
                return False
        if stage.frozen.is_late and stage.count == 0:
            workers = self._frozen.workers
            self._working[stage] = self._thread.submit(plan_late, stage, self.stages, workers)
            return False
        self._begin(stage)
        return True

    def _take(self, stage: StageRun, work: Future[Any]) -> None:
        """Take what the thread has done for a stage: its plan, or its end."""
        try:
            answer = work.result()
        except Exception as error:  # noqa: BLE001  # whatever it is, the stage must end with a sentence
            self._end(stage, "failed", sentence_of(error, stage.run, self._log))
            return
        if stage.state == "waiting":
            stage.planned(answer)
            self._begin(stage)
        elif isinstance(answer, list):
            self._do_again(stage, answer)
        elif answer == "finished":
            self._end(stage, "finished")
        else:
            self._end_with_failures(stage, answer)

    def _begin(self, stage: StageRun) -> None:
        pending = stage.begin(self._frozen.workers)
        folder = stage.drive.folder
        if folder not in self._environments:
            self._environments[folder] = environment(folder)
        update_manifest(stage.run, {"environment": self._environments[folder]})
        feeds = stage.stage.elements
        if feeds:
            counts = {feed.stage: self.stages[feed.stage].count for feed in feeds}
            shape = shape_of(feeds, counts, stage.stage.combine, stage.count)
            located = {name: found for name in counts if (found := self.stages[name].located) is not None}
            stage.feeding = Feeding(feeds, shape, located)
        self._events.emit(
            "stage.started",
            stage=stage.name,
            run_id=stage.run.run_id,
            partitions=stage.count,
            reused=stage.count - len(pending),
        )
        self._execute(stage, pending)
        assert stage.located is not None
        self._tell_consumers(stage, stage.located.there())
        for feed in dict.fromkeys(feed.stage for feed in feeds):
            fates: dict[Ancestor, list[int]] = {}
            for index, ancestor in self.stages[feed].fates.items():
                fates.setdefault(ancestor, []).append(index)
            for ancestor, indexes in fates.items():
                self._skip(stage, feed, indexes, ancestor)

    def _execute(self, stage: StageRun, pending: list[int]) -> None:
        size = stage.drive.settings["batch_size"]
        slots = self._dispatcher.runner().slots if pending else 1
        if stage.feeding is not None:
            ready = ReadyBatcher(pending, slots, size, lane_of=self._dispatcher.lanes(stage))
            ready.ready([index for index in pending if stage.feeding.is_ready(index)])
            batcher: Batcher | ReadyBatcher = ready
        else:
            batcher = Batcher(stage.drive.partitions().weights(), pending, slots, size)
        first = stage.crew is None
        if stage.crew is None:
            stage.crew = Crew(stage.events.emit)
        stage.batcher = batcher
        stage.execution = Execution(
            self._dispatcher.runner() if pending else _NO_RUNNER,
            stage.crew,
            batcher,
            stage.drive.partitions(),
            stage.events,
            stage.tally,
            spec=stage.drive.spec,
            run=stage.run,
            policy=stage.drive.policy,
            should_stop=self._should_stop,
            numbers=self._dispatcher.numbers,
            has_room=self._may_go(stage, batcher),
            on_report=lambda report: self._arrived(stage, report),
            on_failed=lambda failure: self._failed(stage, failure),
        )
        if first:
            self._dispatcher.roster.add(stage.crew)

    def _may_go(self, stage: StageRun, batcher: Batcher | ReadyBatcher) -> Callable[[int], bool]:
        """Give what says of a partition that is tried again whether it is the turn of its replica."""
        if not isinstance(batcher, ReadyBatcher) or not stage.stage.group:
            return lambda index: True
        lane_of = self._dispatcher.lanes(stage)
        return lambda index: lane_of(index) in {ANY_LANE, batcher.lane}

    def _do_again(self, stage: StageRun, indexes: list[int]) -> None:
        """Do partitions once more whose results were damaged on disk."""
        stage.tally.finished -= len(indexes)
        self._execute(stage, indexes)

    def _end_with_failures(self, stage: StageRun, state: str) -> None:
        failed, skipped = len(stage.tally.failed), stage.skipped
        if not failed and skipped == stage.count:
            first = next(iter(stage.fates.values()))
            self._end(stage, "skipped", f"all {skipped:,} partitions were skipped: {first.sentence}")
            return
        told = f"{failed:,} failed" if failed else ""
        if skipped:
            told += f"{', ' if told else ''}{skipped:,} skipped because others failed"
        self._end(stage, "partial" if state == "partial" else "failed", told)

    def _skip_stage(self, stage: StageRun, other: StageRun) -> None:
        why = f": {other.message}" if other.message else ""
        self._end(stage, "skipped", f"not started, because {other.name} {_told(other.state)}{why}")

    def _end(self, stage: StageRun, state: Any, message: str = "") -> None:
        stage.end(state, message)
        if stage.crew is not None:
            self._dispatcher.roster.remove(stage.crew)
        tally = stage.tally
        self._events.emit(
            "stage.ended",
            stage=stage.name,
            run_id=stage.run.run_id,
            state=state,
            finished=tally.finished,
            reused=len(stage.drive.reused.indexes),
            failed=len(tally.failed),
            skipped=stage.skipped,
            message=message,
        )
        if state in {"failed", "partial"} and not self._frozen.keep_going:
            self._is_giving_up = True

    # what becomes of partitions

    def _listen(self) -> None:
        pause = _WAIT_S
        if self._working:
            pause = _BESIDE_THREAD_S
        elif not self._dispatcher.under_way:
            waits = [
                each.execution.pause_s() for each in self._on if each.state == "running" and each.execution
            ]
            pause = min([_WAIT_S, *(each for each in waits if each > 0)])
        if self._dispatcher.has_runner:
            self._dispatcher.listen(pause)
        else:
            time.sleep(pause if self._working else 0.001)

    def _arrived(self, stage: StageRun, report: TaskReport) -> None:
        """Take note of results, and of what can be done now."""
        if report.segment is None or stage.located is None:
            return
        self._tell_consumers(stage, stage.located.add(report.segment, report.indexes))

    def _tell_consumers(self, stage: StageRun, indexes: Iterable[int]) -> None:
        indexes = list(indexes)
        for consumer in self._consumers[stage.name]:
            # one that begins later counts what is there then
            if consumer.feeding is not None and isinstance(consumer.batcher, ReadyBatcher):
                consumer.batcher.ready(consumer.feeding.arrived(stage.name, indexes))

    def _failed(self, stage: StageRun, failure: Failure) -> None:
        """Skip what depends on a partition that failed for good."""
        ancestor = Ancestor(stage.name, stage.run, failure)
        stage.fates[failure.index] = ancestor
        if not self._frozen.keep_going:
            self._is_giving_up = True
        for consumer in self._consumers[stage.name]:
            self._skip(consumer, stage.name, [failure.index], ancestor)

    def _skip(self, stage: StageRun, feed: str, indexes: list[int], ancestor: Ancestor) -> None:
        """Skip the partitions of a stage that need these of another one, and what needs them in turn."""
        if stage.feeding is None or not isinstance(stage.batcher, ReadyBatcher):
            return
        doomed = stage.batcher.skip(stage.feeding.needing(feed, indexes))
        if not doomed:
            return
        stage.skip(doomed, ancestor)
        self._events.emit("partition.skipped", **skipped_fields(stage.name, doomed, ancestor))
        for consumer in self._consumers[stage.name]:
            self._skip(consumer, stage.name, doomed, ancestor)

    # the end

    def _conclude(self) -> RunState:
        if self._should_stop() and not all(stage.has_ended for stage in self._on):
            self.end_all("stopped", "")
            return "stopped"
        if self._is_giving_up:
            for stage in self._on:
                if stage.has_ended:
                    continue
                has_failed = stage.state == "running" and bool(stage.tally.failed)
                message = "" if has_failed else "not finished, because another stage failed"
                self._end(stage, "failed" if has_failed else "stopped", message)
            return "failed"
        states = {stage.state for stage in self._on}
        if states <= {"finished"}:
            return "finished"
        return "partial" if states & {"finished", "partial"} else "failed"


class _NoRunner:
    """For a stage that has nothing to do."""

    name = "none"
    slots = 0

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} of no runner")


_NO_RUNNER: Any = _NoRunner()


def _depths(workflow: Workflow) -> dict[str, int]:
    """Give for each stage how many come before it on the longest way."""
    before = needs(workflow)
    found: dict[str, int] = {}
    for name in in_order(workflow):
        found[name] = 1 + max((found[each] for each in before[name]), default=-1)
    return found


def _told(state: str) -> str:
    return {"partial": "lacks partitions", "skipped": "was skipped", "stopped": "was stopped"}.get(
        state, "failed"
    )


def _created() -> float:
    import psutil

    return float(psutil.Process().create_time())
