"""Stop a workflow's run from anywhere."""

from __future__ import annotations

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.stop import stop_driver
from jupyter_agilab.run.stop_request import GRACE_S
from jupyter_agilab.workflow.running.status import WorkflowStatus
from jupyter_agilab.workflow.running.watch import WorkflowWatch

_PATIENCE_S = 3.0


def stop_workflow_run(run: RunDirectory, *, timeout_s: float = 15.0) -> WorkflowStatus:
    """Ask a workflow's driver to stop and wait until it has; what is finished is kept.

    Replicas of groups call their ``teardown`` first. A run that has ended is left as it is. Blocks up to
    `timeout_s`.
    """
    watch = WorkflowWatch(run)
    patience_s = _PATIENCE_S + (GRACE_S if watch.has_teardown else 0.0)
    stop_driver(run, lambda seconds: watch.wait(timeout_s=seconds).has_ended, timeout_s, patience_s)
    return watch.refresh()
