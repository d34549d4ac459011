"""A workflow's run as answers have it: paths relative to the root."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import RunNotFoundError
from jupyter_agilab.run.driver_process import Standby
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.runs.named import has_links
from jupyter_agilab.workflow.running.status import WorkflowStatus
from jupyter_agilab.workflow.running.watch import WorkflowWatch

_MOST = 64


def workflow_json(told: WorkflowStatus | dict[str, Any], root: Root) -> dict[str, Any]:
    """Give a status, or a workflow's graph, in the form of ``WorkflowStatus.to_json``."""
    value: dict[str, Any] = root.plain(told if isinstance(told, dict) else told.to_json())
    return value


class WorkflowStatuses:
    """Watches on runs of workflows that were asked for lately; may be used from several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._watched: OrderedDict[Path, WorkflowWatch] = OrderedDict()

    def of(self, run: RunDirectory, root: Root) -> dict[str, Any]:
        """Read what is new and give the status in the form of answers.

        Raises
        ------
        RunNotFoundError
            It is none, or its files or those of its stages lead out of the root.
        """
        missing = RunNotFoundError(f"there is no run {run.run_id!r} of the workflow {run.stage!r}")
        if not root.keeps(run.path) or has_links(run.path):
            raise missing
        with self._turn:
            Standby.reap()
            watch = self._watched.get(run.path)
            if watch is None:
                watch = self._watched[run.path] = WorkflowWatch(run)
                for stage in watch.status.stages:
                    if stage.run_dir and (
                        not root.keeps(Path(stage.run_dir)) or has_links(Path(stage.run_dir))
                    ):
                        del self._watched[run.path]
                        raise missing
            self._watched.move_to_end(run.path)
            while len(self._watched) > _MOST:
                self._watched.popitem(last=False)
            is_whole = False
            try:
                status = watch.refresh()
                # where a driver seems to be gone it may only have been too slow to say how it ended
                is_whole = status.state != "interrupted"
                return workflow_json(status, root)
            finally:
                if not is_whole:
                    # the journal is read from its beginning next time; of a damaged one a part was read
                    del self._watched[run.path]
