"""``local``: a `distributed.LocalCluster` that the run starts and closes."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, suppress
from typing import Any

from jupyter_agilab.run.clusters.kinds.types import Started, Wish
from jupyter_agilab.run.clusters.model import LocalPlace
from jupyter_agilab.run.threads_per_worker import thread_environment

_CONNECT_TIMEOUT_S = 30


class StartedHere(Started):
    """Workers of this machine."""

    is_ours = True

    def __init__(self, client: Any, cluster: Any) -> None:
        super().__init__(client, cluster.scheduler_address)
        self._cluster = cluster

    def close(self) -> None:  # noqa: D102
        with ExitStack() as ending:
            # each is done, also where the one before it fails
            ending.callback(self._cluster.close, timeout=2)
            ending.callback(self.client.close, timeout=2)

    def kill(self) -> None:  # noqa: D102
        for nanny in self._cluster.workers.values():
            if nanny.pid is not None:
                with suppress(OSError):
                    os.kill(nanny.pid, signal.SIGKILL)

    def expected(self) -> int | None:  # noqa: D102
        return len(self._cluster.worker_spec)

    def mend(self) -> None:  # noqa: D102
        wanted = len(self._cluster.worker_spec)
        # Dask gives a worker up for good that takes longer than `lost-worker-timeout` to come up again
        if len(self._cluster.workers) < wanted:
            self._cluster.scale(wanted)


def start(cluster: LocalPlace, wish: Wish) -> Started:
    """See `jupyter_agilab.run.clusters.kinds.types.Kind`."""
    import dask
    from distributed import Client, LocalCluster

    # memory is watched by the run itself, which then knows why a worker was ended
    dask.config.set({"distributed.worker.memory.pause": False, "distributed.worker.memory.terminate": False})
    memory = cluster.memory or wish.memory
    dask_cluster = LocalCluster(
        n_workers=cluster.workers or wish.workers,
        threads_per_worker=1,
        memory_limit=memory.replace(" ", "") if memory else "auto",
        # None would take port 8787, and warn where it is taken
        dashboard_address="127.0.0.1:0",
        env=dict(thread_environment(wish.threads)),
        silence_logs=40,
    )
    return StartedHere(Client(dask_cluster, timeout=_CONNECT_TIMEOUT_S, set_as_default=False), dask_cluster)
