"""Stop a run from anywhere."""

from __future__ import annotations

import os
import platform
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest, update_manifest
from jupyter_agilab.run.stop_request import GRACE_S
from jupyter_agilab.run.watch import RunStatus, RunWatch, driver_is_alive

_PATIENCE_S = 1.5


def stop_run(run: RunDirectory, *, timeout_s: float = 15.0) -> RunStatus:
    """Ask a run's driver to stop and wait until it has; what is finished is kept.

    Where the run is that of a workflow's stage, the whole workflow stops. A run that has ended is left as it
    is. Blocks up to `timeout_s`.
    """
    watch = RunWatch(run)
    # a workflow's driver may have replicas to end first
    patience_s = _PATIENCE_S + (GRACE_S if (read_manifest(run) or {}).get("workflow") else 0.0)
    stop_driver(run, lambda seconds: watch.wait(timeout_s=seconds).ended, timeout_s, patience_s)
    return watch.refresh()


def stop_driver(
    run: RunDirectory, wait: Callable[[float], bool], timeout_s: float, patience_s: float
) -> None:
    """Ask a driver to stop, and end it where it does not; of a run that has ended nothing is changed.

    The request is a file in the run directory, so that it also reaches a driver on another host; a driver on
    this one gets a signal too, which is faster.

    Parameters
    ----------
    wait
        Waits so many seconds at most until the run has ended, and says whether it has.
    timeout_s
        For so long the end is waited for.
    patience_s
        What a driver on this host has before it is ended.
    """
    if not driver_is_alive(run):
        return
    run.stop_request.touch()
    manifest = read_manifest(run) or {}
    pid = manifest.get("pid")
    if pid is not None and manifest.get("host") == platform.node():
        with suppress(OSError):
            os.kill(int(pid), signal.SIGTERM)
        if not wait(min(timeout_s, patience_s)) and driver_is_alive(run):
            # a partition in one of its threads does not let go of the interpreter; its guardian ends the rest
            with suppress(OSError):
                os.kill(int(pid), signal.SIGKILL)
            update_manifest(run, {"state": "stopped", "ended": time.time()})
    wait(timeout_s)
