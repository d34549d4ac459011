"""A run's status as answers have it: paths relative to the root, and bounded in size."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.run.watch import RunStatus
from jupyter_agilab.server.places import Root

MOST_WORKERS = 200
_OF_A_WORKER = (
    *("host", "pid", "partition", "since", "task", "task_since", "indexes", "finished", "tasks", "busy_s"),
    *("cpu_s", "rss_bytes", "peak_memory_bytes", "seen", "moved", "lost"),
)
_OF_A_RUN = (
    *("run_id", "stage", "state", "slots", "runner", "finished", "reused", "failed", "missing", "records"),
    *("size_bytes", "merged", "started", "elapsed_s", "rate", "remaining_s", "last_progress"),
    *("retries_waiting", "retry_at", "message", "memory_bytes", "alive"),
)


def live_json(status: RunStatus, root: Root) -> dict[str, Any]:
    """Give what changes from second to second, without workers and failures."""
    told = {name: getattr(status, name) for name in _OF_A_RUN}
    told["partition_count"] = status.partitions
    told["seconds"] = round(status.elapsed_s, 3)
    told["artifact"] = (root.told(status.artifact) if status.artifact else "") or None
    told["worker_count"] = len(status.workers)
    told["message"] = root.without_root(status.message)
    return told


def status_json(status: RunStatus, root: Root) -> dict[str, Any]:
    """Give all of it: the first workers, the first failures and their causes too."""
    workers = [
        {"name": name} | {field: getattr(worker, field) for field in _OF_A_WORKER}
        for name, worker in list(status.workers.items())[:MOST_WORKERS]
    ]
    return {
        **live_json(status, root),
        "workers": workers,
        "failures": root.plain(status.failures),
        "causes": root.plain([cause.to_json() for cause in status.causes]),
    }
