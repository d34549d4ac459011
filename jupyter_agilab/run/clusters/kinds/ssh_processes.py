"""Scheduler and workers on other hosts, as distributed starts them, with errors that name the host."""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from distributed import SpecCluster
from distributed.core import Status
from distributed.deploy import ssh

from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.kinds.types import Wish
from jupyter_agilab.run.clusters.model import SshPlace

_DEATH_TIMEOUT_S = 60


class SchedulerOnHost(ssh.Scheduler):  # type: ignore[misc]  # distributed has no types
    """A scheduler; where it cannot be started, the error says why in a sentence."""

    async def start(self) -> None:
        """Start it."""
        host = self.address
        try:
            await super().start()
        except Exception as error:
            raise ClusterError(await why_not(error, host, self)) from error


class WorkerOnHost(ssh.Worker):  # type: ignore[misc]  # distributed has no types
    """A worker; where it cannot be started, the others work without it."""

    def __init__(self, *args: Any, failures: dict[str, str], name: str, **kwargs: Any) -> None:
        super().__init__(*args, name=name, **kwargs)
        self._failures = failures

    async def start(self) -> None:
        """Start it, or note why not."""
        try:
            await super().start()
        except Exception as error:  # noqa: BLE001  # whatever it is, it concerns this host alone
            self._failures[self.name] = await why_not(error, self.address, self)
            with suppress(Exception):
                await self.close()
            self.status = Status.failed


class Hosts(SpecCluster):  # type: ignore[misc]  # distributed has no types
    """A cluster that leaves nothing behind where it cannot be started."""

    def __init__(self, **kwargs: Any) -> None:
        try:
            super().__init__(**kwargs)
        except BaseException as error:
            with suppress(Exception):
                self.close(timeout=5)
            told: BaseException | None = error
            while told is not None and not isinstance(told, ClusterError):
                told = told.__cause__
            if told is not None:
                raise told from None
            raise


def spec_of(
    cluster: SshPlace,
    wish: Wish,
    connect: Mapping[str, Any],
    names: Mapping[str, str],
    failures: dict[str, str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what `Hosts` takes as scheduler and as workers.

    Parameters
    ----------
    names
        The host of each worker.
    failures
        Filled with the sentences of workers that cannot be started.
    """
    options: dict[str, Any] = {
        "port": cluster.scheduler_port,
        "dashboard_address": ":0",
        "idle_timeout": f"{cluster.idle_s:g}s",
    }
    if cluster.scheduler_address:
        options["host"] = cluster.scheduler_address
    python = cluster.python or sys.executable
    scheduler = {
        "cls": SchedulerOnHost,
        "options": {
            "address": cluster.scheduler or next(iter(cluster.hosts)),
            "connect_options": dict(connect),
            "kwargs": options,
            "remote_python": shlex.quote(python),
        },
    }
    memory = cluster.memory or wish.memory
    common: dict[str, Any] = {"nthreads": cluster.threads, "death_timeout": _DEATH_TIMEOUT_S}
    if memory:
        common["memory_limit"] = parse_size(memory)
    if cluster.gpus:
        common["resources"] = {"GPU": cluster.gpus}
    workers = {}
    for name, host in names.items():
        listens = {"host": host} if cluster.workers_listen_at_their_host else {}
        workers[name] = {
            "cls": WorkerOnHost,
            "options": {
                "address": host,
                "connect_options": dict(connect),
                "kwargs": {**common, **listens, "name": name},
                "worker_class": "distributed.Nanny",
                "remote_python": shlex.quote(python),
                "failures": failures,
                "name": name,
            },
        }
    return scheduler, workers


async def why_not(error: BaseException, host: str, process: Any) -> str:
    """Say in a sentence why a process could not be started on a host."""
    kind = type(error).__name__
    if kind == "PermissionDenied":
        return f"{host} does not let this user in: no key of ours is known there, or the password is wrong"
    if kind in {"HostKeyNotVerifiable", "KeyExchangeFailed"}:
        return (
            f"the host key of {host} is not known here, or has changed; connect once by hand (ssh "
            f"{host}) and look at its fingerprint"
        )
    if isinstance(error, socket.gaierror):
        return f"the name {host} is not known to this machine"
    if isinstance(error, TimeoutError):
        return f"{host} does not answer"
    if isinstance(error, OSError):
        return f"{host} cannot be reached: {(error.strerror or str(error)).lower()}"
    if process.connection is not None:
        with suppress(Exception):
            tried = await process.connection.run(f"{process.remote_python} -c 'import distributed'")
            if tried.exit_status != 0:
                lines = str(tried.stderr).strip().splitlines() or ["it says nothing"]
                python = shlex.split(process.remote_python)[0]
                return f"the Python of {host} ({python.rpartition('/')[2]}) cannot run Dask: {lines[-1]}"
    return f"nothing could be started on {host}: {str(error) or kind}"
