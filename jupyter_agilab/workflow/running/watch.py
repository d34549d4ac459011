"""Watch a workflow's run: what its journal and those of its stages say."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from typing import Any

from jupyter_agilab.run.driver_process import keep_last_words, pause
from jupyter_agilab.run.events import EventReader
from jupyter_agilab.run.index_ranges import indexes_in
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.types import RunState
from jupyter_agilab.run.watch import RunWatch
from jupyter_agilab.run.worker_status import partitions_under_way
from jupyter_agilab.workflow.graph import edges
from jupyter_agilab.workflow.running.frozen import FrozenStage, load_frozen
from jupyter_agilab.workflow.running.layout import read_workflow_manifest
from jupyter_agilab.workflow.running.status import StageStatus, WorkflowStatus

_ENDED = frozenset(("finished", "partial", "failed", "stopped", "interrupted"))
_SUBMIT_PATIENCE_S = 30.0
_SHOWN_SKIPS = 3


class WorkflowWatch:
    """Follows a workflow's run.

    Parameters
    ----------
    run
        The directory of the workflow's run; it may have ended long ago.
    driver
        The driver process where this process started it; tells its death at once.

    Raises
    ------
    AgilabError
        It is no directory of a workflow's run.
    """

    def __init__(self, run: RunDirectory, driver: subprocess.Popen[bytes] | None = None) -> None:
        self.directory, self._driver = run, driver
        frozen = load_frozen(run)
        self._events = EventReader(run.events)
        self._ended: set[str] = set()
        self._watches: dict[str, RunWatch] = {}
        workflow = frozen.workflow
        self.status = WorkflowStatus(
            name=workflow.name, run_id=run.run_id, run_dir=str(run.path), edges=edges(workflow)
        )
        for stage in frozen.stages:
            declared = workflow.stages[stage.name]
            status = StageStatus(
                name=stage.name,
                contract=stage.contract,
                state="off" if stage.run is None else "waiting",
                group=declared.group,
                when=declared.when,
            )
            self.status.stages.append(status)
            if stage.run is not None:
                self._follow(stage, stage.run, status)

    def _follow(self, stage: FrozenStage, run: RunDirectory, status: StageStatus) -> None:
        status.run_dir = str(run.path)
        watch = self._watches[stage.name] = RunWatch(run)
        status.run = watch.status
        if not stage.is_late:
            status.partitions = watch.status.partitions

    def refresh(self) -> WorkflowStatus:
        """Read what is new and give the status; does not block."""
        status = self.status
        alive = self._driver_is_alive()
        for event in self._events.read():
            self._apply(event)
        for stage in status.stages:
            if stage.name in self._watches:
                self._look(stage)
        if not status.has_ended and not alive:
            self._end()
        return status

    def wait(
        self,
        on_status: Callable[[WorkflowStatus], None] = lambda status: None,
        *,
        timeout_s: float | None = None,
        period_s: float = 0.2,
    ) -> WorkflowStatus:
        """Block until the run has ended, or for `timeout_s`; call `on_status` at each look."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        step_s = 0.01
        while True:
            status = self.refresh()
            on_status(status)
            if status.has_ended and self._driver is not None:
                # it has said its last word, and frees the stages as it ends
                self._driver.wait()
            if status.has_ended or (deadline is not None and time.monotonic() > deadline):
                return status
            pause(step_s, self._driver)
            step_s = min(step_s * 1.5, period_s)

    def _apply(self, event: dict[str, Any]) -> None:
        status, kind = self.status, event["type"]
        if kind == "workflow.started":
            status.state, status.started, status.runner = "running", event["t"], event["runner"]
        elif kind == "stage.started":
            stage = status.stage(event["stage"])
            stage.state, stage.partitions, stage.started = "running", event["partitions"], event["t"]
        elif kind == "stage.ended":
            stage = status.stage(event["stage"])
            stage.state, stage.message = event["state"], event["message"]
            stage.skipped = event["skipped"]
            if stage.started:
                stage.seconds = event["t"] - stage.started
            self._ended.add(stage.name)
        elif kind == "partition.skipped":
            stage = status.stage(event["stage"])
            stage.skipped += event["partitions"]
            if len(stage.skips) < _SHOWN_SKIPS:
                first = next(indexes_in(event["indexes"]), None)
                stage.skips.append({**event, "first": first})
        elif kind == "worker.joined":
            status.workers[event["worker"]] = event.get("host", "")
        elif kind == "worker.lost":
            status.workers.pop(event["worker"], None)
        elif kind == "workflow.ended":
            status.state, status.message, status.ended = event["state"], event["message"], event["t"]
            status.workers.clear()

    def _look(self, stage: StageStatus) -> None:
        """Take from the stage's own journal what it says."""
        watch = self._watches[stage.name]
        run = watch.refresh(driver_is_alive=stage.name not in self._ended)
        stage.finished, stage.reused, stage.failed = run.finished, run.reused, run.failed
        stage.failures, stage.artifact = run.failures, run.artifact
        over = stage.name in self._ended or self.status.has_ended
        stage.running = 0 if over else partitions_under_way(run.workers.values())
        if stage.state == "running" and stage.started and not over:
            stage.seconds = time.time() - stage.started

    def _driver_is_alive(self) -> bool:
        if self._driver is not None:
            return self._driver.poll() is None
        return workflow_driver_is_alive(self.directory)

    def _end(self) -> None:
        """Take the end from the manifest, where the driver says it first; else it ended without a word."""
        status, manifest = self.status, read_workflow_manifest(self.directory) or {}
        status.workers.clear()
        if manifest.get("state") in _ENDED:
            status.state, status.message = manifest["state"], manifest.get("message", "")
            status.ended = manifest.get("ended")
        elif self.directory.stop_request.exists():
            status.state = "stopped"
            status.message = "the run was stopped, and its driver was ended before it could say so"
        else:
            status.state = "interrupted"
            if self._driver is not None:
                keep_last_words(self._driver)
            status.message = "the driver ended without a word; run again: what is finished is kept"
        for stage in status.stages:
            stage.running = 0
            if stage.state in {"waiting", "running"}:
                stage.state = "stopped"


def workflow_driver_is_alive(run: RunDirectory) -> bool:
    """Say whether a workflow's driver lives; one on another host is taken to live while its state says so."""
    manifest = read_workflow_manifest(run) or {}
    if manifest.get("state") in _ENDED:
        return False
    pid = manifest.get("pid")
    if pid is None:
        return time.time() - float(manifest.get("submitted", 0.0)) < _SUBMIT_PATIENCE_S
    if manifest.get("host") != os.uname().nodename:
        return True
    import psutil

    try:
        # a later process may have been given the same number; one that has ended has no command line
        return run.run_id in " ".join(psutil.Process(int(pid)).cmdline())
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False


def workflow_run_state(run: RunDirectory) -> RunState:
    """Give the state from the manifest; of a driver that is gone without a word, whether it was stopped."""
    manifest = read_workflow_manifest(run) or {}
    state: RunState = manifest.get("state", "interrupted")
    if state in _ENDED or workflow_driver_is_alive(run):
        return state
    return "stopped" if run.stop_request.exists() else "interrupted"
