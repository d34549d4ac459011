"""Watch a run: what its journal says, as one status that any display can show."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.run.causes import NOT_OF_FAILURE, Cause, Causes
from jupyter_agilab.run.driver_process import follow, keep_last_words
from jupyter_agilab.run.events import EventReader
from jupyter_agilab.run.index_ranges import indexes_in
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import artifact_of, read_manifest
from jupyter_agilab.run.typed_places import TypedPlaces
from jupyter_agilab.run.types import ENDED, RunState
from jupyter_agilab.run.worker_status import WorkerStatus

SHOWN_FAILURES = 3
# it is counted from the machine's own start, which is told in whole seconds and moves with the clock
_SAME_START_S = 5.0
_SUBMIT_PATIENCE_S = 30.0
STOPPED = "the run was stopped, and its driver was ended before it could say so"


@dataclass(slots=True, kw_only=True)
class RunStatus:
    """A run as its journal shows it.

    Attributes
    ----------
    finished, reused, failed
        Partitions done by this run, taken over from earlier runs, and failed for good. Done in all is
        ``finished + reused``.
    elapsed_s, remaining_s
        Seconds since the run started; seconds left at the present rate, None while nothing can be said.
    rate
        Partitions finished in a second, over the whole run.
    merged
        Partitions merged into the artifact so far, while reducing.
    failures
        The first failed partitions for good, each as the event's fields; `failed` counts them all.
    causes
        What the failures for good have in common, those of most partitions first.
    retries_waiting, retry_at
        Partitions that failed and wait to be tried again; seconds since the epoch when the next one is due.
    missing
        Partitions that the artifact lacks, where the run ended as ``partial``.
    last_progress
        Seconds since the epoch at which something last finished.
    """

    run_id: str
    stage: str
    run_dir: str
    state: RunState = "submitted"
    partitions: int = 0
    slots: int = 0
    runner: str = ""
    finished: int = 0
    reused: int = 0
    failed: int = 0
    records: int = 0
    size_bytes: int = 0
    merged: int = 0
    started: float = 0.0
    elapsed_s: float = 0.0
    rate: float = 0.0
    remaining_s: float | None = None
    last_progress: float = 0.0
    workers: dict[str, WorkerStatus] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    retries_waiting: int = 0
    retry_at: float = 0.0
    missing: int = 0
    artifact: str | None = None
    message: str = ""

    @property
    def done(self) -> int:
        """Partitions that have a result."""
        return self.finished + self.reused

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED

    @property
    def alive(self) -> int:
        """Workers that live, as far as is known."""
        return sum(not worker.lost for worker in self.workers.values())

    @property
    def memory_bytes(self) -> int:
        """What the workers' processes take now, as of the last heartbeat; 0 where that is not known."""
        processes = {
            (worker.host, worker.pid or name): worker.rss_bytes
            for name, worker in self.workers.items()
            if not worker.lost
        }
        return sum(processes.values())

    @property
    def longest(self) -> tuple[str, WorkerStatus] | None:
        """The worker, by name, that has been at its partition for longest; None where no one is at any."""
        busy = [
            (name, worker)
            for name, worker in self.workers.items()
            if worker.partition is not None and not worker.lost
        ]
        return min(busy, key=lambda pair: pair[1].since, default=None)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``run --json``."""
        return {
            "run_id": self.run_id,
            "run_dir": self.run_dir,
            "state": self.state,
            "artifact": self.artifact,
            "partition_count": self.partitions,
            "finished": self.finished,
            "reused": self.reused,
            "failed": self.failed,
            "seconds": round(self.elapsed_s, 3),
            "message": self.message,
            "failures": self.failures,
            "missing": self.missing,
            "causes": [cause.to_json() for cause in self.causes],
        }


class RunWatch:
    """Follows a run's journal.

    Parameters
    ----------
    run
        The run; it may have ended long ago.
    driver
        The driver process where this process started it; tells its death at once.
    """

    def __init__(self, run: RunDirectory, driver: subprocess.Popen[bytes] | None = None) -> None:
        self._run = run
        self._driver = driver
        self._events = EventReader(run.events)
        self._causes = Causes()
        self._places = TypedPlaces(run)
        self._waiting: dict[int, float] = {}
        self._last_event = 0.0
        manifest = read_manifest(run) or {}
        self._submitted = float(manifest.get("submitted", 0.0))
        self.status = RunStatus(
            run_id=run.run_id,
            stage=run.stage,
            run_dir=str(run.path),
            partitions=int(manifest.get("partitions", 0)),
        )

    def refresh(self, *, driver_is_alive: bool | None = None) -> RunStatus:
        """Read what is new and give the status; does not block.

        Parameters
        ----------
        driver_is_alive
            Whether it is, where the caller knows.
        """
        alive = self._driver_is_alive() if driver_is_alive is None else driver_is_alive
        for event in self._events.read():
            self._last_event = event["t"]
            self._apply(event)
        status = self.status
        status.causes = list(self._causes)
        status.retries_waiting = 0 if status.ended else len(self._waiting)
        status.retry_at = min(self._waiting.values(), default=0.0)
        if not status.ended:
            if status.started:
                status.elapsed_s = time.time() - status.started
            # the journal was read after the driver was seen dead, so it can say no more
            if not alive:
                self._end()
        status.rate = status.finished / status.elapsed_s if status.elapsed_s else 0.0
        left = status.partitions - status.done - status.failed
        status.remaining_s = left / status.rate if status.rate and not status.ended else None
        return status

    def wait(
        self,
        on_status: Callable[[RunStatus], None] = lambda status: None,
        *,
        timeout_s: float | None = None,
        period_s: float = 0.2,
    ) -> RunStatus:
        """Block until the run has ended, or for `timeout_s`; call `on_status` at each look."""

        def look() -> RunStatus:
            status = self.refresh()
            on_status(status)
            return status

        return follow(look, lambda status: status.ended, self._driver, timeout_s=timeout_s, period_s=period_s)

    def _end(self) -> None:
        """Take the end from the manifest, where the driver says it first; else it ended without a word."""
        status = self.status
        manifest = read_manifest(self._run) or {}
        for worker in status.workers.values():
            worker.rest()
        if manifest.get("state") in ENDED:
            status.state = manifest["state"]
            status.message = self._places.mapped(manifest.get("message", ""))
            status.elapsed_s = manifest.get("seconds", status.elapsed_s)
            self._take_artifact(manifest)
            return
        if status.started:
            status.elapsed_s = max(0.0, self._last_event - status.started)
        if self._run.stop_request.exists():
            status.state, status.message = "stopped", STOPPED
        else:
            status.state = "interrupted"
            if self._driver is not None:
                keep_last_words(self._driver)
            status.message = "the driver ended without a word; " + _log_tail(self._run)

    def _take_artifact(self, manifest: dict[str, Any]) -> None:
        status = self.status
        if status.state in {"finished", "partial"}:
            status.artifact = str(artifact_of(self._run, manifest))
            status.missing = int((manifest.get("artifact") or {}).get("missing_count", 0))

    def _driver_is_alive(self) -> bool:
        if self._driver is not None:
            return self._driver.poll() is None
        return driver_is_alive(self._run)

    def _apply(self, event: dict[str, Any]) -> None:
        status = self.status
        kind = event["type"]
        if kind == "run.started":
            status.state = "running"
            status.started = event["t"]
            status.partitions = event["partitions"]
            status.slots = event["slots"]
            status.runner = event["runner"]
            status.reused = event["reused"]
        elif kind == "worker.joined":
            worker = status.workers.setdefault(event["worker"], WorkerStatus())
            worker.host, worker.pid, worker.lost = event.get("host", ""), event.get("pid") or 0, ""
            worker.put_down()
        elif kind == "worker.lost":
            worker = status.workers.setdefault(event["worker"], WorkerStatus())
            worker.lost = event["cause"]
            worker.end()
        elif kind == "task.started":
            self._start(event)
        elif kind == "task.finished":
            self._count(event)
        elif kind == "task.lost":
            if event["worker"] in status.workers:
                status.workers[event["worker"]].put_down(event["task"])
        elif kind == "run.beat":
            self._look(event)
        elif kind == "partition.failed":
            self._fail(event)
        elif kind == "reduce.started":
            status.state = "reducing"
            for worker in status.workers.values():
                worker.rest()
        elif kind == "reduce.progress":
            status.merged = event["merged"]
        elif kind == "run.ended":
            status.state = event["state"]
            artifact = event["artifact"]
            # it is told from the contract's folder on
            status.artifact = artifact and str(self._run.path.parents[3] / artifact)
            status.message = self._places.mapped(event["message"])
            status.elapsed_s = event["seconds"]
            status.missing = event.get("missing_count", 0)
            for worker in status.workers.values():
                worker.end()

    def _start(self, event: dict[str, Any]) -> None:
        text = event.get("indexes")
        if event.get("worker"):
            worker = self.status.workers.setdefault(event["worker"], WorkerStatus())
            worker.take_up(event["task"], text or str(event["first"]), event["t"])
        if self._waiting:
            for index in indexes_in(text) if text else (event["first"],):
                self._waiting.pop(index, None)

    def _fail(self, event: dict[str, Any]) -> None:
        status = self.status
        status.last_progress = event["t"]
        cause = self._causes.add(event)
        if cause is not None:
            place = self._places.innermost(event.get("module_lines") or ())
            cause.where = str(place) if place is not None else ""
            cause.example["traceback"] = self._places.mapped(cause.example["traceback"])
        if not event["final"]:
            self._waiting[event["index"]] = event["t"] + event.get("wait_s", 0.0)
            return
        status.failed += 1
        self._waiting.pop(event["index"], None)
        if len(status.failures) < SHOWN_FAILURES:
            told = {name: value for name, value in event.items() if name not in NOT_OF_FAILURE}
            status.failures.append({**told, "traceback": self._places.mapped(told["traceback"])})

    def _look(self, event: dict[str, Any]) -> None:
        status = self.status
        # notes of workers have file names, which lack some characters
        known = {re.sub(r"[^\w.+-]", "_", name): worker for name, worker in status.workers.items()}
        for seen in event["workers"]:
            worker = known.get(seen["worker"])
            if worker is None:
                worker = status.workers[seen["worker"]] = WorkerStatus()
            worker.look(seen, event["t"])
        named = {seen["worker"] for seen in event["workers"]}
        for name, worker in known.items():
            if name not in named:
                worker.rest(event["t"])

    def _count(self, event: dict[str, Any]) -> None:
        status = self.status
        status.finished += event["finished"]
        status.records += event["records"]
        status.size_bytes += event["bytes"]
        status.last_progress = event["t"]
        worker = status.workers.setdefault(event["worker"], WorkerStatus())
        worker.put_down(event["task"])
        worker.finished += event["finished"]
        worker.tasks += 1
        worker.busy_s += event["seconds"]
        worker.peak_memory_bytes = max(worker.peak_memory_bytes, event["peak_memory_bytes"])


def _log_tail(run: RunDirectory) -> str:
    if not run.manifest.exists():
        # something of the directory may be left: what was written while somebody removed it
        return f"its directory {run.path} is gone"
    try:
        lines = run.driver_log.read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    return f"its log ends with: {lines[-1]}" if lines else "it was killed, or the machine went down"


def driver_is_alive(run: RunDirectory) -> bool:
    """Say whether the run's driver lives; one on another host is taken to live while its state says so."""
    manifest = read_manifest(run) or {}
    if manifest.get("state") in ENDED:
        return False
    pid = manifest.get("pid")
    if pid is None:
        return time.time() - float(manifest.get("submitted", 0.0)) < _SUBMIT_PATIENCE_S
    if manifest.get("host") != os.uname().nodename:
        return True
    import psutil

    try:
        # a later process may have been given the same number; one that has ended has no command line
        process = psutil.Process(int(pid))
        if "created" in manifest and process.status() != psutil.STATUS_ZOMBIE:
            # one that was lent, and began before it knew its run
            return abs(process.create_time() - float(manifest["created"])) < _SAME_START_S
        return run.run_id in " ".join(process.cmdline())
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False


def run_state(run: RunDirectory) -> RunState:
    """Give the state from the manifest; of a driver that is gone without a word, whether it was stopped."""
    manifest = read_manifest(run) or {}
    state: RunState = manifest.get("state", "interrupted")
    if state in ENDED or driver_is_alive(run):
        return state
    # a driver writes its last word before it is gone: it may have done both since the manifest was read
    state = (read_manifest(run) or {}).get("state", "interrupted")
    if state in ENDED:
        return state
    return "stopped" if run.stop_request.exists() else "interrupted"
