"""``ssh``: a scheduler on one host and workers on all that are named, started over SSH."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.kinds.library import library
from jupyter_agilab.run.clusters.kinds.types import Started, Wish
from jupyter_agilab.run.clusters.model import SshPlace
from jupyter_agilab.run.clusters.secret_values import secret_value
from jupyter_agilab.run.threads_per_worker import thread_environment

_CONNECT_TIMEOUT_S = 30
# Dask gives a worker that was lost so long to come back before it lets go of its place
_LOST_AFTER = "5s"
_TRY_AGAIN_S = 15.0


class StartedOverSsh(Started):
    """Hosts with a scheduler and workers of ours."""

    is_ours = True

    def __init__(self, client: Any, cluster: Any, hosts: Mapping[str, str], failures: dict[str, str]) -> None:
        super().__init__(client, cluster.scheduler_address)
        self._cluster, self._hosts, self._failures = cluster, hosts, failures
        self._mending: Any = None
        self._tried = time.monotonic()

    def close(self) -> None:  # noqa: D102
        with ExitStack() as ending:
            ending.callback(self._cluster.close, timeout=10)
            ending.callback(self.client.close, timeout=2)

    def kill(self) -> None:  # noqa: D102
        async def kill() -> None:
            for process in (*self._cluster.workers.values(), self._cluster.scheduler):
                with suppress(Exception):
                    process.proc.kill()
            await asyncio.sleep(0.2)

        with suppress(Exception):
            self._cluster.sync(kill, callback_timeout=1)

    def waiting(self) -> str:  # noqa: D102
        return "; ".join(dict.fromkeys(self._failures.values()))

    def absent(self) -> Mapping[str, str]:  # noqa: D102
        return dict(self._failures)

    def expected(self) -> int | None:  # noqa: D102
        return len(self._hosts)

    def host_of(self, worker: str, reported: str) -> str:  # noqa: D102
        self._failures.pop(worker, None)
        return self._hosts.get(worker, reported)

    def mend(self) -> None:
        """Start workers again whose processes are gone, and try hosts again that could not be reached."""
        if self._mending is not None and not self._mending.done():
            return
        if self._failures and time.monotonic() - self._tried > _TRY_AGAIN_S:
            self._tried = time.monotonic()
            for name in list(self._failures):
                self._cluster.workers.pop(name, None)
        if self._cluster.status.name == "running" and set(self._cluster.worker_spec) - set(
            self._cluster.workers
        ):
            self._mending = asyncio.run_coroutine_threadsafe(
                self._cluster._correct_state(), self._cluster.loop.asyncio_loop
            )


def start(cluster: SshPlace, wish: Wish) -> Started:
    """See `jupyter_agilab.run.clusters.kinds.types.Kind`."""
    library("asyncssh", "ssh")
    import dask
    from distributed import Client

    from jupyter_agilab.run.clusters.kinds.ssh_processes import Hosts, spec_of

    connect = connect_options(cluster)
    names = {f"{host}-{number}": host for host, slots in cluster.hosts.items() for number in range(slots)}
    failures: dict[str, str] = {}
    config = {
        "distributed.deploy.lost-worker-timeout": _LOST_AFTER,
        # told on the command line of each remote process, so that it is there before numpy is imported
        "distributed.nanny.pre-spawn-environ": dict(thread_environment(wish.threads)),
    }
    dask.config.set(config)
    scheduler, workers = spec_of(cluster, wish, connect, names, failures)
    hosts = Hosts(
        workers=workers,
        scheduler=scheduler,
        name=f"jupyter-agilab-{threading.get_native_id()}",
        silence_logs=40,
    )
    try:
        client = Client(hosts, timeout=_CONNECT_TIMEOUT_S, set_as_default=False)
    except (OSError, TimeoutError) as error:
        hosts.close(timeout=5)
        raise ClusterError(
            f"the scheduler on {cluster.scheduler or next(iter(cluster.hosts))} was started, and cannot be "
            f"reached at {hosts.scheduler_address}",
            hint="name the address at which this machine reaches it: scheduler_address",
        ) from error
    started = StartedOverSsh(client, hosts, names, failures)
    if len(failures) == len(names):
        started.close()
        raise ClusterError(f"no host of the cluster {cluster.name!r} can be used: {started.waiting()}")
    return started


def connect_options(cluster: SshPlace) -> dict[str, Any]:
    """Give the options of ``asyncssh.connect`` for a cluster; secrets are in it.

    Raises
    ------
    ClusterError
        A secret is to come from a variable that is not set.
    """
    options: dict[str, Any] = dict(cluster.connect)
    told = {
        "username": cluster.user,
        "port": cluster.port,
        "client_keys": [cluster.key_file] if cluster.key_file else None,
        "known_hosts": cluster.known_hosts,
        "password": secret_value(cluster.password, "password"),
        "passphrase": secret_value(cluster.passphrase, "passphrase"),
    }
    return {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        **options,
        **{k: v for k, v in told.items() if v is not None},
    }
