"""Stop a workflow's run from anywhere."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.workflow.running.layout import read_workflow_manifest, update_workflow_manifest
from jupyter_agilab.workflow.running.status import WorkflowStatus
from jupyter_agilab.workflow.running.watch import WorkflowWatch, workflow_driver_is_alive

_PATIENCE_S = 3.0


def stop_workflow_run(run: RunDirectory, *, timeout_s: float = 15.0) -> WorkflowStatus:
    """Ask a workflow's driver to stop and wait until it has; what is finished is kept.

    The request is a file in the run directory, so that it also reaches a driver on another host; a driver on
    this one gets a signal too, which is faster. Blocks up to `timeout_s`; a run that has ended is left as it
    is.
    """
    watch = WorkflowWatch(run)
    if not workflow_driver_is_alive(run):
        return watch.refresh()
    run.stop_request.touch()
    manifest = read_workflow_manifest(run) or {}
    pid = manifest.get("pid")
    if pid is None or manifest.get("host") != os.uname().nodename:
        return watch.wait(timeout_s=timeout_s)
    with suppress(OSError):
        os.kill(int(pid), signal.SIGTERM)
    status = watch.wait(timeout_s=min(timeout_s, _PATIENCE_S))
    if not status.has_ended and workflow_driver_is_alive(run):
        # a partition in one of its threads does not let go of the interpreter; its guardian ends the rest
        with suppress(OSError):
            os.kill(int(pid), signal.SIGKILL)
        update_workflow_manifest(run, {"state": "stopped", "ended": time.time()})
    return watch.wait(timeout_s=timeout_s)
