"""``gateway``: a cluster that a Dask Gateway starts for the run, and ends after it."""

from __future__ import annotations

import threading
import time
import warnings
from contextlib import suppress
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.kinds.library import library
from jupyter_agilab.run.clusters.kinds.types import Started, Wish
from jupyter_agilab.run.clusters.model import GatewayPlace
from jupyter_agilab.run.clusters.secret_values import secret_value

_STOP_PATIENCE_S = 15.0
_KILL_PATIENCE_S = 1.0
_OVER = ("STOPPED", "FAILED")
_THERE = ("PENDING", "RUNNING", "STOPPING")


class StartedByGateway(Started):
    """A cluster of ours behind a gateway."""

    is_ours = True

    def __init__(self, client: Any, cluster: Any, workers: int, told: str) -> None:
        super().__init__(client, cluster.scheduler_address, cluster.security)
        self.name: str = cluster.name
        self._cluster, self._workers, self._told = cluster, workers, told

    def close(self) -> None:  # noqa: D102
        with suppress(Exception):
            self.client.close(timeout=2)
        deadline = time.monotonic() + _STOP_PATIENCE_S
        with suppress(Exception):
            self._cluster.gateway.stop_cluster(self.name)
            # it says that it will be stopped, and returns
            while time.monotonic() < deadline and self._is_there():
                time.sleep(0.1)
        with suppress(Exception):
            self._cluster.close(shutdown=False)

    def _is_there(self) -> bool:
        there = self._cluster.gateway.list_clusters(status=_THERE)
        return self.name in {each.name for each in there}

    def kill(self) -> None:  # noqa: D102
        asking = threading.Thread(target=self._ask_to_stop, daemon=True)
        asking.start()
        asking.join(_KILL_PATIENCE_S)

    def _ask_to_stop(self) -> None:
        with suppress(Exception):
            self._cluster.gateway.stop_cluster(self.name)

    def waiting(self) -> str:  # noqa: D102
        with suppress(Exception):
            state = self._cluster.gateway.get_cluster(self.name).status.name
            if state in _OVER:
                return f"the gateway says that the cluster is {state.lower()}"
            return f"the gateway has not started them yet{self._told}"
        return "the gateway does not answer any more"

    def expected(self) -> int | None:  # noqa: D102
        return self._workers


def start(cluster: GatewayPlace, wish: Wish) -> Started:
    """See `jupyter_agilab.run.clusters.kinds.types.Kind`."""
    gateway = library("dask_gateway", "gateway")
    # 2026.3.0: it waits for the event loop, and so blocks it for ever when the collector runs it there
    gateway.Gateway.__del__ = lambda self: None
    auth = _auth(gateway, cluster)
    workers = cluster.workers or wish.workers
    found: Any = None
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = gateway.GatewayCluster(
                cluster.address, proxy_address=cluster.proxy_address, auth=auth, **cluster.options
            )
            client = found.get_client(set_as_default=False)
            # where the gateway has none, a cluster whose driver was killed would stay for ever
            client.run_on_scheduler(_end_when_idle(cluster.idle_s))
            found.scale(workers)
        told = "".join(f" ({each.message})" for each in caught if "Gateway" in each.category.__name__)
    except Exception as error:
        if found is not None:
            with suppress(Exception):
                found.shutdown()
        raise ClusterError(f"the gateway of {cluster.name!r} cannot be used: {why_not(error)}") from error
    return StartedByGateway(client, found, workers, told)


def _auth(gateway: Any, cluster: GatewayPlace) -> Any:
    match cluster.auth:
        case "basic":
            return gateway.BasicAuth(cluster.user, secret_value(cluster.password, "password"))
        case "jupyterhub":
            return gateway.JupyterHubAuth(secret_value(cluster.token, "token"))
    return gateway.KerberosAuth()


def why_not(error: BaseException) -> str:
    """Say in words what a gateway or the way to it has against us."""
    if getattr(error, "status", None) in {401, 403}:
        return "it does not accept the user and password (or token)"
    kind = type(error).__name__
    if kind.startswith("ClientConnector"):
        return "no gateway answers at its address"
    if isinstance(error, ValueError):
        return f"it does not know these options: {error}"
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return str(error) or kind


def _end_when_idle(seconds: float) -> Any:
    """Make what a scheduler is asked to do; it travels by value, since this package may not be there."""

    def end_when_idle(dask_scheduler: Any) -> None:
        from tornado.ioloop import PeriodicCallback

        if dask_scheduler.idle_timeout:
            return
        dask_scheduler.idle_timeout = seconds
        looking = PeriodicCallback(dask_scheduler.check_idle, min(seconds, 60) * 250)
        dask_scheduler.periodic_callbacks["idle-timeout"] = looking
        looking.start()

    return end_when_idle
