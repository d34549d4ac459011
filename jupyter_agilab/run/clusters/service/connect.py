"""Use a service for a run: the same workers again, or a clear refusal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.kinds.types import Started
from jupyter_agilab.run.clusters.model import Cluster
from jupyter_agilab.run.clusters.open_settings import settings_digest
from jupyter_agilab.run.clusters.service.record import Service, service_of

_CONNECT_TIMEOUT_S = 30


class StartedBefore(Started):
    """Workers of a service: they stay when the run ends."""

    def __init__(self, client: Any, service: Service, told: dict[str, Any], security: Any) -> None:
        super().__init__(client, told["address"], security)
        self._service, self._told = service, told

    def waiting(self) -> str:
        """Say what the keeper says."""
        if not self._service.is_alive():
            return "the service has ended"
        absent = self._service.seen().get("workers_pending") or ()
        return f"the service lacks {', '.join(absent)}" if absent else ""

    def expected(self) -> int | None:
        """Say how many workers the service should have."""
        expected: int | None = self._told.get("expected")
        return expected

    def host_of(self, worker: str, reported: str) -> str:
        """Say the host as the keeper knows it."""
        for each in self._service.seen().get("worker_health") or ():
            if each.get("worker") == worker:
                return str(each.get("host") or reported)
        return reported


def running_service(cluster: Cluster, folder: Path) -> StartedBefore | None:
    """Connect to the service of a cluster; None where there is none.

    Raises
    ------
    ClusterError
        It was started with other settings than those of now, or does not answer.
    """
    service = service_of(cluster.name, folder)
    told = service.told()
    if told.get("state") != "running" or not service.is_alive():
        return None
    if told["digest"] != digest_for_service(cluster):
        raise ClusterError(
            f"the service {cluster.name!r} was started with other settings than clusters.toml has now",
            hint=f"start it anew: jupyter agilab cluster stop {cluster.name}, then: "
            f"jupyter agilab cluster start {cluster.name}",
        )
    from distributed import Client

    security = _security(told.get("security") or {})
    try:
        client = Client(told["address"], security=security, timeout=_CONNECT_TIMEOUT_S, set_as_default=False)
    except Exception as error:
        raise ClusterError(
            f"the service {cluster.name!r} does not answer at {told['address']}: {error}",
            hint=f"end it: jupyter agilab cluster stop {cluster.name}",
        ) from error
    return StartedBefore(client, service, told, security)


def digest_for_service(cluster: Cluster) -> str:
    """Give the digest of all that the workers of a service were started with."""
    from jupyter_agilab import __version__

    return settings_digest(cluster, __version__, list(sys.version_info[:3]))


def _security(told: dict[str, Any]) -> Any:
    if "gateway" in told:
        from dask_gateway.client import GatewaySecurity

        key, cert = told["gateway"]
        return GatewaySecurity(key, cert)
    if "tls" in told:
        from distributed import Security

        return Security(require_encryption=True, **told["tls"])
    return None
