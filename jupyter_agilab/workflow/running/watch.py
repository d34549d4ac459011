"""Watch a workflow's run: what its journal and those of its stages say."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

from jupyter_agilab.run.driver_process import follow, keep_last_words
from jupyter_agilab.run.events import EventReader
from jupyter_agilab.run.index_ranges import indexes_in
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.types import ENDED
from jupyter_agilab.run.watch import STOPPED, RunWatch, driver_is_alive
from jupyter_agilab.run.worker_status import partitions_under_way
from jupyter_agilab.workflow.graph import edges
from jupyter_agilab.workflow.running.frozen import FrozenStage, load_frozen
from jupyter_agilab.workflow.running.status import StageStatus, WorkflowStatus

_SHOWN_SKIPS = 3


class WorkflowWatch:
    """Follows a workflow's run.

    Parameters
    ----------
    run
        The directory of the workflow's run; it may have ended long ago.
    driver
        The driver process where this process started it; tells its death at once.

    Attributes
    ----------
    status
        As of the last look.
    has_teardown
        Whether a stop lets replicas of groups end what they began, and so takes longer.

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
        self.has_teardown = any(group.teardown for group in workflow.groups.values())
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
                self._look(stage, driver_is_alive=alive)
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

        def look() -> WorkflowStatus:
            status = self.refresh()
            on_status(status)
            return status

        return follow(
            look, lambda status: status.has_ended, self._driver, timeout_s=timeout_s, period_s=period_s
        )

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

    def _look(self, stage: StageStatus, *, driver_is_alive: bool) -> None:
        """Take from the stage's own journal what it says."""
        watch = self._watches[stage.name]
        run = watch.refresh(driver_is_alive=driver_is_alive and stage.name not in self._ended)
        stage.finished, stage.reused, stage.failed = run.finished, run.reused, run.failed
        stage.failures, stage.artifact = run.failures, run.artifact
        over = stage.name in self._ended or self.status.has_ended
        stage.running = 0 if over else partitions_under_way(run.workers.values())
        if stage.state == "running" and stage.started and not over:
            stage.seconds = time.time() - stage.started

    def _driver_is_alive(self) -> bool:
        if self._driver is not None:
            return self._driver.poll() is None
        return driver_is_alive(self.directory)

    def _end(self) -> None:
        """Take the end from the manifest, where the driver says it first; else it ended without a word."""
        status, manifest = self.status, read_manifest(self.directory) or {}
        status.workers.clear()
        if manifest.get("state") in ENDED:
            status.state, status.message = manifest["state"], manifest.get("message", "")
            status.ended = manifest.get("ended")
        elif self.directory.stop_request.exists():
            status.state, status.message = "stopped", STOPPED
        else:
            status.state = "interrupted"
            if self._driver is not None:
                keep_last_words(self._driver)
            status.message = "the driver ended without a word (it was killed, or the machine went down)"
        for stage in status.stages:
            stage.running = 0
            if stage.state in {"waiting", "running"}:
                stage.state = "stopped"
