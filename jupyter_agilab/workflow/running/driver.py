"""The driver of a workflow: the process that does all of its stages.

It reads only run directories. Stop it with SIGTERM, SIGINT or a file ``stop.request`` in the directory of the
workflow's run, or of any of its stages' runs.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from jupyter_agilab.run.driver import hear_signals_as_usual, sentence_of
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import update_manifest
from jupyter_agilab.run.orders import Orders
from jupyter_agilab.run.stop_request import Stopped, StopRequest, end_when_stuck
from jupyter_agilab.run.types import RunState
from jupyter_agilab.workflow.running.conductor import Conductor
from jupyter_agilab.workflow.running.frozen import load_frozen

_POLL_S = 0.5


def main(orders: Orders) -> int:
    """Run the driver; give 0 when all stages have finished, 1 otherwise."""
    run = orders.run
    stop = StopRequest(run.stop_request)
    signal.signal(signal.SIGTERM, stop.ask)
    signal.signal(signal.SIGINT, stop.ask)
    os.register_at_fork(after_in_child=hear_signals_as_usual)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # kept for as long as this process lives
    locks = [StageLock.held(run.lock, lock) for lock in (orders.lock, *orders.more_locks) if lock is not None]
    events = EventWriter(run.events)
    teller = _Teller(run, events)
    state: RunState = "failed"
    message = ""
    runs: list[RunDirectory] = []
    end_when_stuck(stop, lambda: teller.tell("stopped", ""))
    try:
        update_manifest(run, {"state": "running", "pid": os.getpid(), "started": time.time()})
        frozen = load_frozen(run)
        runs = [stage.run for stage in frozen.stages if stage.run is not None]
        asked = _AnyStop(stop, runs)
        teller.conductor = Conductor(frozen, run, events, asked, stop.give_grace)
        events.emit(
            "workflow.started",
            run_id=run.run_id,
            workflow=frozen.workflow.name,
            stages=[stage.name for stage in frozen.stages],
            slots=frozen.workers,
            runner=frozen.backend,
            pid=os.getpid(),
            host=os.uname().nodename,
        )
        state = teller.conductor.go()
    except Stopped:
        state = "stopped"
    except BaseException as error:  # noqa: BLE001  # whatever it is, the run must end with a sentence
        message = sentence_of(error, run, run.driver_log)
    teller.tell(state, message)
    # the guardian ends what is left: it must not be seen after the run has ended
    for each in (run, *runs):
        shutil.rmtree(each.notes, ignore_errors=True)
    for lock in locks:
        lock.release()
    return 0 if state == "finished" else 1


class _AnyStop:
    """Whether somebody asked the workflow, or one of its stages, to stop."""

    def __init__(self, stop: StopRequest, runs: Iterable[RunDirectory]) -> None:
        self._stop = stop
        self._paths: list[Path] = [run.stop_request for run in runs]
        self._looked = 0.0

    def __call__(self) -> bool:
        now = time.monotonic()
        if now - self._looked > _POLL_S:
            self._looked = now
            if any(path.exists() for path in self._paths):
                self._stop.ask()
        return self._stop()


class _Teller:
    """Tells how the run ended, once."""

    def __init__(self, run: RunDirectory, events: EventWriter) -> None:
        self._run, self._events = run, events
        self._started = time.monotonic()
        self.conductor: Conductor | None = None

    def tell(self, state: RunState, message: str) -> None:
        """Write it into the manifests and the journals, as far as the disk takes it."""
        if self.conductor is not None:
            with suppress(OSError):
                self.conductor.end_all(state, message)
        seconds = round(time.monotonic() - self._started, 3)
        with suppress(OSError):
            update_manifest(
                self._run, {"state": state, "ended": time.time(), "message": message, "seconds": seconds}
            )
        with suppress(OSError):
            self._events.emit("workflow.ended", state=state, seconds=seconds, message=message)
