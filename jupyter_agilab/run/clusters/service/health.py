"""The health of a service as AGILAB tells it (``agi.service.health.v1``), and the gate that judges it.

The shape and the order of the gate are those of AGILAB's service mode; the gate is its strict form, in which
a service that is stopped, or runs without workers, does not pass.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

SCHEMA = "agi.service.health.v1"
Status = Literal["starting", "running", "idle", "degraded", "error", "stopped"]
LISTS = ("running", "pending", "restarted", "healthy", "unhealthy")


@dataclass(frozen=True, slots=True)
class Gate:
    """What is let pass.

    Attributes
    ----------
    max_unhealthy
        Workers that may be unhealthy.
    allow_idle
        Whether a service that nobody uses is good.
    max_restart_rate
        Restarted workers for each that runs, at most.
    """

    max_unhealthy: int = 0
    allow_idle: bool = False
    max_restart_rate: float = 0.25


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer: AGILAB's exit code, and a sentence; ``0`` and ``ok`` where it passes."""

    code: int
    told: str


def health_document(
    *,
    name: str,
    target: str,
    status: Status,
    workers: Mapping[str, Sequence[str]],
    queue: Mapping[str, int],
    heartbeat_timeout_s: float,
    reasons: Mapping[str, str],
    details: Sequence[Mapping[str, Any]],
    restart_reasons: Mapping[str, str],
    path: str,
) -> dict[str, Any]:
    """Put the document together.

    Parameters
    ----------
    workers
        Names under each of `LISTS`.
    queue
        Tasks ``pending``, ``running``, ``done`` and ``failed``.
    reasons
        Worker to why it is unhealthy.
    details
        What is known of each worker.
    """
    lists: dict[str, Any] = {}
    for kind in LISTS:
        lists[f"workers_{kind}"] = list(workers.get(kind, ()))
        lists[f"workers_{kind}_count"] = len(lists[f"workers_{kind}"])
    return {
        "schema": SCHEMA,
        "timestamp": time.time(),
        "app": name,
        "target": target,
        "status": status,
        **lists,
        "queue": {kind: int(queue.get(kind, 0)) for kind in ("pending", "running", "done", "failed")},
        "client_status": "running" if status not in {"stopped", "error"} else "closed",
        "heartbeat_timeout_sec": heartbeat_timeout_s,
        "restart_reasons": dict(restart_reasons),
        "worker_health": [dict(each) | {"reason": reasons.get(str(each["worker"]), "")} for each in details],
        "path": path,
    }


def stopped_document(name: str, target: str, path: str, *, status: Status = "stopped") -> dict[str, Any]:
    """Give the document of a service that is not there."""
    return health_document(
        name=name,
        target=target,
        status=status,
        workers={},
        queue={},
        heartbeat_timeout_s=0.0,
        reasons={},
        details=(),
        restart_reasons={},
        path=path,
    )


def judged(health: Mapping[str, Any], gate: Gate) -> Verdict:
    """Judge a health document; the first thing that is wrong decides."""
    unhealthy, running = health["workers_unhealthy_count"], health["workers_running_count"]
    if unhealthy > gate.max_unhealthy:
        return Verdict(2, f"unhealthy workers {unhealthy} exceeds limit {gate.max_unhealthy}")
    if health["status"] in {"error", "degraded", "stopped"}:
        return Verdict(3, f"service status is {health['status']}")
    if health["status"] == "idle" and not gate.allow_idle:
        return Verdict(4, "service status is idle")
    if running == 0:
        return Verdict(3, "service has no running workers")
    rate = health["workers_restarted_count"] / running
    if rate > gate.max_restart_rate:
        return Verdict(5, f"restart rate {rate:.3f} exceeds limit {gate.max_restart_rate:.3f}")
    return Verdict(0, "ok")
