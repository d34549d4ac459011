"""Check a cluster before anything is sent to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.check.judge import judge
from jupyter_agilab.run.clusters.check.needs import Needs, Note, needs_of, note_in
from jupyter_agilab.run.clusters.check.report import ClusterReport, Row
from jupyter_agilab.run.clusters.model import (
    AddressPlace,
    Cluster,
    GatewayPlace,
    LocalPlace,
    SlurmPlace,
    SshPlace,
)

_PROBE_PATIENCE_S = 60
_CONNECT_PATIENCE_S = 10.0


def check_cluster(cluster: Cluster, contract: Contract | None, folder: Path) -> ClusterReport:
    """Look at every host, worker or job of a cluster; blocks until all have answered, or cannot.

    Hosts of the kind ``ssh`` are asked by SSH, and SLURM by one short job. Behind other kinds only workers
    can be asked: those that are there, else one is started and ended.

    Parameters
    ----------
    contract
        The stage whose packages, input and memory are looked for; None looks at the cluster alone.
    folder
        The folder of the contract, or the current one.

    Returns
    -------
    ClusterReport
        It is good where nothing keeps a run from working.

    Raises
    ------
    ContractError
        The contract's function is not there.
    MissingDependencyError
        The library of the cluster's kind is not installed.
    """
    share = "" if cluster.results == "scheduler" else cluster.share or os.fspath(folder)
    needs = needs_of(contract, folder, share)
    with ExitStack() as stack:
        try:
            note = stack.enter_context(note_in(share))
        except OSError as error:
            row = Row("this machine")
            row.fail(
                "share",
                f"{share} cannot be written: {(error.strerror or str(error)).lower()}",
                "name a folder in `share` that this machine and all workers can write",
            )
            return _report(cluster, needs, [row])
        return _report(cluster, needs, _rows(cluster, needs, note))


def _report(cluster: Cluster, needs: Needs, rows: list[Row]) -> ClusterReport:
    return ClusterReport(cluster=cluster.name, kind=cluster.kind, stage=needs.stage, rows=tuple(rows))


def _rows(cluster: Cluster, needs: Needs, note: Note | None) -> list[Row]:
    match cluster:
        case LocalPlace():
            return [_this_machine(cluster, needs, note)]
        case SshPlace():
            from jupyter_agilab.run.clusters.check.by_ssh import check_ssh

            return check_ssh(cluster, needs, note)
        case SlurmPlace() if cluster.kind == "slurm":
            from jupyter_agilab.run.clusters.check.by_job import check_slurm

            return check_slurm(cluster, needs, note)
    return _by_its_workers(cluster, needs, note)


def _this_machine(cluster: LocalPlace, needs: Needs, note: Note | None) -> Row:
    from jupyter_agilab.run.clusters.check.by_ssh import answer_in, program

    row = Row("this machine")
    asked = time.time()
    done = subprocess.run(
        [sys.executable, "-"],
        input=program(needs, note),
        capture_output=True,
        text=True,
        timeout=_PROBE_PATIENCE_S,
        check=False,
        env={**os.environ, **cluster.environment},
    )
    answer = answer_in(done.stdout)
    if answer is None:
        last = (done.stderr.strip().splitlines() or ["no word of why"])[-1]
        row.fail("python", f"its Python fails: {last}", "look at its environment variables")
        return row
    row.ok("reached")
    judge(
        row,
        answer,
        needs,
        note,
        cluster=cluster.name,
        asked=asked,
        answered=time.time(),
        workers=cluster.workers or 1,
        memory_bytes=parse_size(cluster.memory) if cluster.memory else 0,
    )
    return row


def _by_its_workers(cluster: Cluster, needs: Needs, note: Note | None) -> list[Row]:
    from jupyter_agilab.run.clusters.check.by_workers import check_workers

    name = str(getattr(cluster, "address", cluster.name))
    row = Row(name)
    if isinstance(cluster, AddressPlace) and not _listens(cluster.address):
        row.fail(
            "reached",
            f"nothing listens at {cluster.address}",
            f"start the scheduler, or correct `address` of [{cluster.name}]",
        )
        return [row]
    try:
        with _connected(cluster) as started:
            row.ok("reached")
            row.ok("signed-in")
            if not _has_workers(started, cluster.wait_s):
                why = started.waiting() or "nobody says why"
                row.fail("queue", f"no worker comes: {why}", "start its workers, or look at their logs")
                return [row]
            return check_workers(
                started.client,
                needs,
                note,
                cluster=cluster.name,
                host_of=started.host_of,
                gpus=float(getattr(cluster, "gpus", 0)),
            )
    except ClusterError as error:
        refused = _is_about_signing_in(error)
        remedy = error.hint or (
            "correct its password or token in your own clusters.toml"
            if refused
            else f"correct `address` of [{cluster.name}], or start what listens there"
        )
        row.fail("signed-in" if refused else "reached", error.message, remedy)
    return [row]


def _listens(address: str) -> bool:
    """Say whether something takes connections; Dask's client would try for half a minute."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_PATIENCE_S):
            return True
    except (OSError, ValueError):
        return False


def _is_about_signing_in(error: ClusterError) -> bool:
    told = f"{error.message} {error.hint} {error.__cause__}".lower()
    return any(
        word in told for word in ("401", "unauthorized", "password", "certificate", "token", "sign in")
    )


@contextmanager
def _connected(cluster: Cluster) -> Iterator[Any]:
    """Give the cluster, started with one worker for as long as the block runs."""
    from jupyter_agilab.private_folder import private_folder
    from jupyter_agilab.run.clusters.kinds import start_cluster
    from jupyter_agilab.run.clusters.kinds.types import Wish

    with private_folder() as logs:
        started = start_cluster(_small(cluster), Wish(workers=1, label=f"check-{cluster.name}", logs=logs))
        try:
            yield started
        finally:
            started.close()


def _small(cluster: Cluster) -> Cluster:
    from dataclasses import replace

    match cluster:
        case GatewayPlace():
            return replace(cluster, workers=1)
        case SlurmPlace():
            return replace(cluster, jobs=1, maximum_jobs=None, workers_per_job=1)
    return cluster


def _has_workers(started: Any, patience_s: float) -> bool:
    try:
        started.client.wait_for_workers(1, timeout=patience_s)
    except (TimeoutError, OSError):
        return False
    return True
