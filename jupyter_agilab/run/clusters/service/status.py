"""How a service is, for whoever asks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.run.clusters.service.health import stopped_document
from jupyter_agilab.run.clusters.service.record import Service, all_services, service_of

# the keeper looks every second; one that is stuck must not seem well
_OLD_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """A started cluster, or one that is not.

    Attributes
    ----------
    name, kind, folder
        The cluster, and where its ``clusters.toml`` lies; the last two are empty where nothing is known.
    state
        ``starting``, ``running``, ``ended``, or ``stopped`` where it was not started.
    cause
        Why it ended, or what it waits for.
    started
        Seconds since the epoch; 0 where it was not started.
    lease_s, lease_left_s
        Seconds without use after which it ends, and how many are left.
    address
        Of its scheduler.
    health
        AGILAB's document.
    """

    name: str
    kind: str = ""
    folder: str = ""
    state: str = "stopped"
    cause: str = ""
    started: float = 0.0
    lease_s: float = 0.0
    lease_left_s: float = 0.0
    address: str = ""
    pid: int | None = None
    health: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "name": self.name,
            "kind": self.kind or None,
            "folder": self.folder or None,
            "state": self.state,
            "cause": self.cause,
            "started": self.started or None,
            "lease_s": self.lease_s,
            "lease_left_s": self.lease_left_s,
            "address": self.address or None,
            "pid": self.pid,
            "health": dict(self.health),
        }


def find_service(name: str, folder: Path) -> Service:
    """Give the service of a name: that of the folder, else the only one of that name anywhere."""
    here = service_of(name, folder)
    if here.told():
        return here
    others = [service for service in all_services() if service.told().get("cluster") == name]
    return others[0] if len(others) == 1 else here


def status_of(service: Service, name: str = "") -> ClusterStatus:
    """Read how a service is; blocks for no longer than a file takes."""
    told = service.told()
    name = str(told.get("cluster") or name)
    kind = str(told.get("kind") or "")
    if not told:
        return ClusterStatus(name=name, health=stopped_document(name, kind, str(service.health)))
    state, cause = str(told["state"]), str(told.get("cause") or told.get("waiting") or "")
    seen = service.seen()
    alive = service.is_alive()
    if state != "ended" and not alive:
        state, cause = "ended", "its keeper was killed"
    if state == "ended":
        seen = stopped_document(name, kind, str(service.health))
    elif not seen:
        seen = stopped_document(name, kind, str(service.health), status="starting")
    elif time.time() - float(seen["timestamp"]) > _OLD_S:
        seen = {**seen, "status": "error"}
        cause = "its keeper does not look after it"
    return ClusterStatus(
        name=name,
        kind=kind,
        folder=str(told.get("folder") or ""),
        state=state,
        cause=cause,
        started=float(told.get("started") or 0),
        lease_s=float(told.get("lease_s") or 0),
        lease_left_s=float(seen.get("lease_left_sec") or 0),
        address=str(told.get("address") or ""),
        pid=told.get("pid") if alive else None,
        health=seen,
    )
