"""Start and stop services."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClusterError, OutputError, UsageError
from jupyter_agilab.run.clusters.load import named
from jupyter_agilab.run.clusters.model import AddressPlace, Cluster
from jupyter_agilab.run.clusters.service.connect import digest_for_service
from jupyter_agilab.run.clusters.service.record import Service, all_services, new_folder, service_of

LEASE_S = 1800.0
_POLL_S = 0.05
_STOP_PATIENCE_S = 60.0
_GONE_PATIENCE_S = 10.0


def start_service(
    name: str,
    folder: Path,
    *,
    lease_s: float = LEASE_S,
    workers: int | None = None,
    threads: int = 1,
    on_wait: Callable[[str], None] = lambda why: None,
) -> Service:
    """Start a cluster that stays; blocks until its first worker is there.

    Parameters
    ----------
    lease_s
        After so many seconds in which nobody used it, it ends.
    workers
        Workers to start, where the cluster's table does not say.
    threads
        BLAS and OpenMP threads of each.
    on_wait
        Called with the reason, in words, whenever that changes.

    Raises
    ------
    ClusterError
        There is no such cluster, or it cannot be started; or it is there already.
    UsageError
        It is one that needs no starting, or the lease is no time.
    OutputError
        Jupyter's runtime directory cannot be written.
    """
    cluster = named(folder, name)
    if isinstance(cluster, AddressPlace):
        raise UsageError(
            f"the cluster {name!r} is a scheduler that is there already, so there is nothing to start",
            hint=f"runs use it as it is: jupyter agilab run STAGE --cluster {name}",
        )
    if not lease_s > 0:
        raise UsageError(f"a lease is a time of more than 0 seconds; got {lease_s:g}")
    service = service_of(name, folder)
    if service.is_alive():
        raise ClusterError(
            f"the cluster {name!r} is started already",
            hint=f"see it: jupyter agilab cluster status {name}; end it: jupyter agilab cluster stop {name}",
        )
    service.remove()
    try:
        new_folder(service)
        request = {
            "cluster": name,
            "kind": cluster.kind,
            "folder": str(folder.resolve()),
            "lease_s": float(lease_s),
            "workers": workers or os.cpu_count() or 1,
            "threads": threads,
            "digest": digest_for_service(cluster),
            "logs": str(_logs(cluster, folder, service)),
        }
        _write_request(service, request)
        keeper = _start_keeper(service, threads)
    except OSError as error:
        raise OutputError(
            f"the service cannot be noted in {service.path}: {error.strerror or error}"
        ) from error
    _wait_until_running(service, keeper, name, on_wait)
    return service


def stop_service(service: Service) -> bool:
    """End a service and wait until it is gone; says whether there was one.

    Raises
    ------
    ClusterError
        It is of another machine, and does not end.
    """
    told = service.told()
    if not service.is_alive():
        service.remove()
        return bool(told) and told.get("state") != "ended"
    with suppress(OSError):
        service.stop_request.touch(mode=0o600)
    if _ends_within(service, _STOP_PATIENCE_S):
        service.remove()
        return True
    if told.get("host") != socket.gethostname():
        raise ClusterError(
            f"the service {told.get('cluster')!r} is kept on {told.get('host')}, and does not end",
            hint=f"end the process {told.get('pid')} there",
        )
    with suppress(OSError):
        # its guardian ends all that it started here
        os.kill(int(told["pid"]), signal.SIGKILL)
    _ends_within(service, _GONE_PATIENCE_S)
    service.remove()
    return True


def stop_all_services() -> list[str]:
    """End all services of this user; gives the names of the clusters that were up."""
    alive = [service for service in all_services() if service.is_alive()]
    for service in alive:
        # all at once: each takes some seconds
        with suppress(OSError):
            service.stop_request.touch(mode=0o600)
    names = [str(service.told().get("cluster")) for service in alive]
    for service in all_services():
        stop_service(service)
    return names


def _ends_within(service: Service, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while service.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _logs(cluster: Cluster, folder: Path, service: Service) -> Path:
    """Give a folder that jobs can write into: on the share, where there is one."""
    if cluster.kind in {"local", "ssh", "gateway"}:
        return service.path
    share = Path(cluster.share) if cluster.share else folder.resolve()
    return share / ".agilab" / "service-logs" / service.path.name


def _write_request(service: Service, request: dict[str, Any]) -> None:
    import json

    path = service.path / "request.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(request), "utf-8")


def _start_keeper(service: Service, threads: int) -> subprocess.Popen[bytes]:
    from jupyter_agilab.run.driver_process import driver_environment

    with service.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "jupyter_agilab.run.clusters.service", str(service.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=driver_environment(threads),
        )


def _wait_until_running(
    service: Service, keeper: subprocess.Popen[bytes], name: str, on_wait: Callable[[str], None]
) -> None:
    said = ""
    while True:
        told = service.told()
        state = told.get("state")
        if state == "running" and service.seen():
            # Python would complain that it still runs when this process ends
            keeper.returncode = 0
            return
        if state == "ended" or keeper.poll() is not None:
            told = service.told()
            if told.get("state") == "running":
                continue
            keeper.wait()
            cause = told.get("cause") or _last_words(service)
            service.remove()
            raise ClusterError(f"the cluster {name!r} cannot be started: {cause}")
        if (why := str(told.get("waiting") or "")) != said:
            said = why
            on_wait(why)
        time.sleep(_POLL_S)


def _last_words(service: Service) -> str:
    with suppress(OSError):
        lines = service.log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "its keeper ended without a word"
    return "its keeper ended without a word"
