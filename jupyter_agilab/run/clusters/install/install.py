"""Make the environments of a cluster's hosts fit for a stage; only what is missing is touched."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import UsageError
from jupyter_agilab.run.clusters.check.needs import Needs, needs_of
from jupyter_agilab.run.clusters.check.report import Row
from jupyter_agilab.run.clusters.install.steps import Commands, Failed, make_fit
from jupyter_agilab.run.clusters.model import Cluster, LocalPlace, SlurmPlace, SshPlace

_MOST_OUTPUT = 4000


@dataclass(frozen=True, slots=True)
class HostInstall:
    """What was done on a host.

    Attributes
    ----------
    changed
        What was put there, as ``NAME VERSION``, in order; empty where nothing was missing.
    failed
        Why it is not fit yet; empty where it is.
    """

    host: str
    changed: tuple[str, ...]
    failed: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "host": self.host,
            "ok": not self.failed,
            "changed": list(self.changed),
            "failed": self.failed,
        }


def install(cluster: Cluster, contract: Contract | None, folder: Path) -> list[HostInstall]:
    """Put this side's versions of what a stage imports on all hosts, and verify it; blocks until it is done.

    Hosts are done one after another: where they share an environment, all but the first find it fit. For
    SLURM the environment that the jobs' ``python`` belongs to is changed from this machine.

    Raises
    ------
    UsageError
        The workers of such a cluster get their environment from somebody else.
    ContractError
        The contract's function is not there.
    """
    needs = needs_of(contract, folder, "")
    match cluster:
        case LocalPlace():
            return [HostInstall("this machine", ())]
        case SshPlace():
            from jupyter_agilab.run.clusters.check.by_ssh import run_apart

            found: list[HostInstall] = run_apart(_on_hosts(cluster, needs))
            return found
        case SlurmPlace() if cluster.python:
            return [asyncio.run(_here(cluster, cluster.python, needs))]
        case SlurmPlace():
            raise UsageError(
                f"jobs of {cluster.name} use this Python itself, so there is nothing to install",
                hint=f"name another in `python` of [{cluster.name}], on a folder that the nodes see",
            )
    raise UsageError(
        f"workers of the kind {cluster.kind} get their environment from whoever starts them",
        hint="name an image or environment in `options`"
        if cluster.kind == "gateway"
        else "install there by hand",
    )


async def _on_hosts(cluster: SshPlace, needs: Needs) -> list[HostInstall]:
    from jupyter_agilab.run.clusters.check.by_ssh import reached

    hosts = dict.fromkeys([*cluster.hosts, *([cluster.scheduler] if cluster.scheduler else [])])
    done = []
    for host in hosts:
        row = Row(host)
        connection = await reached(cluster, host, row)
        if connection is None:
            why = next(cell for cell in row.cells.values() if cell.state == "failed")
            done.append(HostInstall(host, (), f"{why.told}; {why.remedy}"))
            continue
        async with connection:
            done.append(await _one(host, cluster, cluster.python or sys.executable, needs, _over(connection)))
    return done


async def _here(cluster: SlurmPlace, python: str, needs: Needs) -> HostInstall:
    async def run(command: Sequence[str], data: bytes | None) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if data is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate(data)
        return process.returncode or 0, out.decode("utf-8", "replace")

    return await _one("this machine", cluster, python, needs, run)


def _over(connection: Any) -> Commands:
    async def run(command: Sequence[str], data: bytes | None) -> tuple[int, str]:
        import shlex

        done = await connection.run(
            shlex.join(command),
            input=data or b"",
            check=False,
            encoding=None,
            stderr=asyncio.subprocess.STDOUT,
        )
        return done.exit_status or 0, bytes(done.stdout).decode("utf-8", "replace")

    return run


async def _one(host: str, cluster: Cluster, python: str, needs: Needs, run: Commands) -> HostInstall:
    changed: list[str] = []
    try:
        await make_fit(run, python, dict(cluster.environment), needs, changed)
    except Failed as failed:
        return HostInstall(host, tuple(changed), str(failed)[:_MOST_OUTPUT])
    return HostInstall(host, tuple(changed))
