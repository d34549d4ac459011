"""What is told when a run ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.run.causes import message_of, title_of
from jupyter_agilab.run.watch import RunStatus
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.tree.run_records import RunRecord

_HOW = {
    "finished": "finished",
    "partial": "finished without some partitions",
    "failed": "failed",
    "stopped": "was stopped",
    "interrupted": "was interrupted",
}
_MOST = 300


def workflow_notice_of(status: Mapping[str, Any]) -> dict[str, Any]:
    """Give the same for a workflow, from ``WorkflowStatus.to_json``."""
    stages = [stage for stage in status["stages"] if stage["state"] != "off"]
    done = sum(stage["state"] == "finished" for stage in stages)
    message = f"{done} of {len(stages)} stages finished"
    why = str(status["message"] or "") if status["state"] != "finished" else ""
    told = f"{message}: {why}" if why else message
    return {
        "state": status["state"],
        "title": f"{status['name']} {_HOW.get(status['state'], status['state'])}",
        "message": told if len(told) <= _MOST else f"{told[:_MOST]}…",
        "stage_count": len(stages),
        "done": done,
    }


def notice_of(status: RunStatus, root: Root) -> dict[str, Any]:
    """Give a title and one sentence; displays that have words of their own take ``state`` and the counts."""
    title = f"{status.stage} {_HOW.get(status.state, status.state)}"
    done = f"{status.done:,} of {status.partitions:,} partitions have a result"
    cause = next(iter(status.causes), None)
    why = ""
    if status.state != "finished":
        why = status.message
        if cause is not None:
            why = f"{title_of(cause)}: {cause.error_type}: {message_of(cause.example)}"
    message = f"{done}: {root.without_root(why)}" if why else done
    return {
        "state": status.state,
        "title": title,
        "message": message if len(message) <= _MOST else f"{message[:_MOST]}…",
        "partition_count": status.partitions,
        "done": status.done,
        "failed": status.failed,
        "missing": status.missing,
        "seconds": round(status.elapsed_s, 3),
    }


def notice_without_status(run: RunRecord) -> dict[str, Any]:
    """Give the same of a run whose journal cannot be read any more, as far as its record goes."""
    return {
        "state": run.state,
        "title": f"{run.stage} {_HOW.get(run.state, run.state)}",
        "message": run.message[:_MOST],
        "partition_count": run.partitions,
        "done": run.finished + run.reused,
        "failed": run.failed,
        "missing": 0,
        "seconds": run.seconds,
    }
