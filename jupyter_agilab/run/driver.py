"""The driver: the process that does a run.

It reads only the run directory, so a run needs no kernel, terminal or browser. Stop it with SIGTERM, SIGINT
or a file ``stop.request`` in its directory.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import AgilabError, RunBusyError
from jupyter_agilab.run.drive import Drive
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.last_words import give_room, keep_room
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import update_manifest
from jupyter_agilab.run.orders import Orders
from jupyter_agilab.run.stop_request import Stopped, StopRequest, end_when_stuck
from jupyter_agilab.run.types import RunState
from jupyter_agilab.tracebacks import authors_traceback, text_of

_LOCK_PATIENCE_S = 2.0
_ROOM = "free space or make the folder writable, then run again: finished partitions are kept"


def main(orders: Orders) -> int:
    """Run the driver; give 0 when the artifact was written, 1 otherwise."""
    run = orders.run
    stop = StopRequest(run.stop_request)
    signal.signal(signal.SIGTERM, stop.ask)
    signal.signal(signal.SIGINT, stop.ask)
    os.register_at_fork(after_in_child=hear_signals_as_usual)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    events = EventWriter(run.events)
    drive: Drive | None = None
    state: RunState = "failed"
    message = ""
    end_when_stuck(stop, lambda: tell_end(run, events, drive, "stopped", ""))
    with _lock_of(orders) as lock:
        try:
            if orders.lock is None:
                _take(lock, run)
            begun: dict[str, Any] = {"state": "running", "pid": os.getpid(), "started": time.time()}
            update_manifest(run, begun | ({"created": orders.created} if orders.created else {}))
            keep_room(run)
            drive = Drive(run, events, stop)
            state = drive.go()
        except Stopped:
            state = "stopped"
        except BaseException as error:  # noqa: BLE001  # whatever it is, the run must end with a sentence
            message = sentence_of(error, run, run.driver_log)
        tell_end(run, events, drive, state, message)
    # the guardian ends what is left: it must not be seen after the run has ended
    shutil.rmtree(run.notes, ignore_errors=True)
    events.close()
    return 0 if state == "finished" else 1


def sentence_of(error: BaseException, run: RunDirectory, log: Path) -> str:
    """Say why a run cannot go on; what is no error of ours, nor the custom reducer's, goes to the log too."""
    if isinstance(error, AgilabError):
        return str(error)
    shown = authors_traceback(error)
    if shown is not None:
        # partitions report theirs themselves: this can only be the custom reducer's
        text = text_of(shown).replace(f"{run.code}{os.sep}", "").rstrip()
        return f"the reducer's function raised:\n{text}"
    with suppress(OSError):
        traceback.print_exception(error)
    message = f"{type(error).__name__}: {error} (details: {log})"
    if isinstance(error, OSError):
        message = f"the run directory cannot be used: {message}\n    {_ROOM}"
    return message


def hear_signals_as_usual() -> None:
    """Let a copy of the driver that a partition in one of its threads forks be ended as any process is."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _lock_of(orders: Orders) -> StageLock:
    if orders.lock is None:
        return StageLock(orders.run.lock)
    return StageLock.held(orders.run.lock, orders.lock)


def _take(lock: StageLock, run: RunDirectory) -> None:
    # somebody who only asks whether the lock is free holds it for a moment
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while not lock.acquire():
        if time.monotonic() > deadline:
            raise RunBusyError(
                f"another run of {run.stage!r} is under way",
                hint=f"watch it with `jupyter agilab attach {run.stage}`",
            )
        time.sleep(0.05)


def _from_folder(path: str | None, run: RunDirectory) -> str | None:
    """Give a path from the contract's folder on: a journal may be shared, and need not tell whose it is."""
    home = run.path.parents[3]
    return str(Path(path).relative_to(home)) if path and Path(path).is_relative_to(home) else path


def tell_end(
    run: RunDirectory, events: EventWriter, drive: Drive | None, state: RunState, message: str
) -> None:
    """Write how a run ended into its manifest and its journal, as far as the disk takes it."""
    give_room(run)
    totals: dict[str, Any] = {"finished": 0, "reused": 0, "failed": 0, "seconds": 0.0}
    artifact = drive.artifact if drive is not None and state in {"finished", "partial"} else {}
    if drive is not None:
        totals = {
            "finished": drive.tally.finished,
            "reused": len(drive.reused.indexes),
            "failed": len(drive.tally.failed),
            "seconds": round(time.monotonic() - drive.started, 3),
        }
    # a full or vanished disk was told already, as far as it could be
    with suppress(OSError):
        end = {"state": state, "ended": time.time(), "message": message, **totals}
        update_manifest(run, end | ({"artifact": artifact} if artifact else {}))
    with suppress(OSError):
        events.emit(
            "run.ended",
            state=state,
            artifact=_from_folder(artifact.get("path"), run),
            missing_count=artifact.get("missing_count", 0),
            message=message,
            **totals,
        )
