"""The keeper: the process that starts a service's workers, looks after them, and ends them.

``python -m jupyter_agilab.run.clusters.service FOLDER``. It belongs to no terminal and no kernel. Stop it
with SIGTERM or a file ``stop.request``. Where it is killed, its guardian ends what runs here, and what runs
elsewhere ends by itself after the cluster's ``idle_s``.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import AgilabError, ClusterError
from jupyter_agilab.run.clusters.kinds import start_cluster
from jupyter_agilab.run.clusters.kinds.types import Started, Wish
from jupyter_agilab.run.clusters.load import named
from jupyter_agilab.run.clusters.model import Cluster, GatewayPlace, SlurmPlace, SshPlace
from jupyter_agilab.run.clusters.service.health import Status, health_document, stopped_document
from jupyter_agilab.run.clusters.service.lend import Lender
from jupyter_agilab.run.clusters.service.record import SCHEMA, Service
from jupyter_agilab.run.clusters.service.seen import Crew, asking
from jupyter_agilab.run.lock import StageLock

_LOOK_EVERY_S = 1.0
# AGILAB's: five seconds at least, else four looks
_HEARTBEAT_TIMEOUT_S = max(5.0, 4 * _LOOK_EVERY_S)
_MOST_SILENT_LOOKS = 10
_IDLE_SHARE = 0.5


class Keeper:
    """One service from its start to its end."""

    def __init__(self, service: Service, request: dict[str, Any]) -> None:
        self.service, self.request = service, request
        self.name: str = request["cluster"]
        self.lease_s: float = request["lease_s"]
        self.ending = threading.Event()
        self.lender = Lender(service.path)
        self.told: dict[str, Any] = {
            "schema": SCHEMA,
            **request,
            "state": "starting",
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "started": time.time(),
        }

    def keep(self) -> int:
        """Do it; blocks until the service has ended. Gives the process's exit code."""
        self.service.write(self.told)
        cause = ""
        code = 1
        started: Started | None = None
        try:
            cluster = named(Path(self.request["folder"]), self.name)
            started = start_cluster(_lasting(cluster, self.lease_s), self._wish())
            self._wait_for_workers(started, cluster)
            cause = self._look_after(started)
            code = 0
        except AgilabError as error:
            cause = str(error)
        except Exception as error:  # noqa: BLE001  # whatever it is, whoever asks must be told
            traceback.print_exc()
            cause = f"{type(error).__name__}: {error}"
        finally:
            self.lender.close()
            if started is not None:
                self._end(started)
        self.service.write_health(
            stopped_document(
                self.name,
                self.request["kind"],
                str(self.service.health),
                status="stopped" if code == 0 else "error",
            )
        )
        self.service.write(
            {**self.told, "state": "ended", "cause": cause, "ended": time.time(), "security": {}}
        )
        return code

    def _wish(self) -> Wish:
        logs = self.request["logs"]
        return Wish(
            workers=self.request["workers"],
            threads=self.request["threads"],
            label=f"service-{self.name}",
            logs=Path(logs),
        )

    def _wait_for_workers(self, started: Started, cluster: Cluster) -> None:
        deadline = time.monotonic() + cluster.wait_s
        while not started.client.scheduler_info(n_workers=-1)["workers"]:
            why = started.waiting()
            self.told["waiting"] = why
            self.service.write(self.told)
            if self._is_asked_to_end():
                raise ClusterError("it was stopped before a worker came")
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"no worker came within {cluster.wait_s:.0f} s: {why or 'nobody says why'}",
                    hint=f"look at: jupyter agilab cluster check {self.name}",
                )
            started.mend()
            self.ending.wait(0.1)
        self.told |= {
            "state": "running",
            "waiting": "",
            "address": started.address,
            "security": _security_of(started.security),
            "expected": started.expected(),
        }
        self.service.write(self.told)

    def _look_after(self, started: Started) -> str:
        """Look until the service is to end; says why it ends."""
        self.lender.open()
        question = asking()
        crew = Crew(time.monotonic(), _HEARTBEAT_TIMEOUT_S)
        used = time.monotonic()
        silent = 0
        while True:
            try:
                seen = started.client.run_on_scheduler(question)
                silent = 0
            except Exception as error:
                silent += 1
                if silent > _MOST_SILENT_LOOKS or started.client.status == "closed":
                    raise ClusterError(f"its scheduler does not answer any more: {error}") from error
                seen = None
            if seen is not None:
                crew.take_note(seen["workers"])
                # our own connection is one of the clients
                if len(seen["clients"]) > 1 or seen["running"] or seen["pending"]:
                    used = time.monotonic()
                self._tell(started, crew, seen, time.monotonic() - used)
            with suppress(Exception):
                started.mend()
            self.lender.reap()
            if time.monotonic() - used > self.lease_s:
                return f"nobody used it for {self.lease_s:,.0f} s, which is its lease"
            if self._is_asked_to_end() or self.ending.wait(_LOOK_EVERY_S):
                return "it was stopped"

    def _is_asked_to_end(self) -> bool:
        return self.ending.is_set() or self.service.stop_request.exists()

    def _tell(self, started: Started, crew: Crew, seen: dict[str, Any], unused_s: float) -> None:
        workers: list[dict[str, Any]] = seen["workers"]
        for each in workers:
            each["host"] = started.host_of(each["worker"], each["host"])
        unhealthy = crew.unhealthy(workers)
        pending = crew.pending(started.expected(), workers)
        names = [each["worker"] for each in workers]
        warming = time.monotonic() - crew.started < crew.timeout_s
        status: Status = "running"
        if (pending or unhealthy) and not warming:
            status = "degraded"
        elif unused_s > self.lease_s * _IDLE_SHARE:
            status = "idle"
        document = health_document(
            name=self.name,
            target=self.request["kind"],
            status=status,
            workers={
                "running": names,
                "pending": pending,
                "restarted": sorted(crew.restarted),
                "healthy": [name for name in names if name not in unhealthy],
                "unhealthy": sorted(unhealthy),
            },
            queue=seen,
            heartbeat_timeout_s=crew.timeout_s,
            reasons=unhealthy,
            details=workers,
            restart_reasons=crew.restarted,
            path=str(self.service.health),
        )
        # how long it may be left alone yet
        document["lease_left_sec"] = round(max(0.0, self.lease_s - unused_s), 1)
        with suppress(OSError):
            self.service.write_health(document)

    def _end(self, started: Started) -> None:
        ended = threading.Event()

        def close() -> None:
            with suppress(Exception):
                started.close()
            ended.set()

        threading.Thread(target=close, daemon=True).start()
        if not ended.wait(30):
            started.kill()


def _lasting(cluster: Cluster, lease_s: float) -> Cluster:
    """Let the scheduler outlive the lease: who ends it is the keeper, unless that is gone."""
    if isinstance(cluster, SshPlace | SlurmPlace | GatewayPlace):
        return replace(cluster, idle_s=max(cluster.idle_s, lease_s + 60))
    return cluster


def _security_of(security: Any) -> dict[str, Any]:
    """Give what another process needs to connect; it goes into the private record only."""
    if security is None:
        return {}
    if type(security).__module__.startswith("dask_gateway"):
        return {"gateway": [security.tls_key, security.tls_cert]}
    names = ("tls_ca_file", "tls_client_cert", "tls_client_key")
    return {"tls": {name: getattr(security, name) for name in names}}


def main(folder: str, request: dict[str, Any]) -> int:
    """Be the keeper of a service; gives 0 where it ended as it should."""
    service = Service(Path(folder))
    keeper = Keeper(service, request)
    signal.signal(signal.SIGTERM, lambda *_: keeper.ending.set())
    signal.signal(signal.SIGINT, lambda *_: keeper.ending.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with StageLock(service.lock) as lock:
        deadline = time.monotonic() + 5
        while not lock.acquire():
            # somebody who asks whether it is there holds it for a moment
            if time.monotonic() > deadline:
                return 1
            time.sleep(0.05)
        return keeper.keep()
