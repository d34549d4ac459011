"""Check SSH hosts: each is reached as the cluster would reach it, and its Python is asked."""

from __future__ import annotations

import asyncio
import json
import shlex
import socket
import sys
import time
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.errors import MissingDependencyError
from jupyter_agilab.run.clusters.check import probe
from jupyter_agilab.run.clusters.check.judge import judge
from jupyter_agilab.run.clusters.check.needs import Needs, Note, request_of
from jupyter_agilab.run.clusters.check.report import Row
from jupyter_agilab.run.clusters.kinds.ssh import connect_options
from jupyter_agilab.run.clusters.model import SshPlace

_CONNECT_PATIENCE_S = 15.0
_PROBE_PATIENCE_S = 60.0


def check_ssh(cluster: SshPlace, needs: Needs, note: Note | None) -> list[Row]:
    """Check all hosts of a cluster at once; the scheduler's too, where it has no workers."""
    try:
        import asyncssh  # noqa: F401  # told of before anything is tried
    except ImportError as error:
        raise MissingDependencyError(
            "asyncssh is needed for clusters of the kind ssh", hint="pip install jupyter-agilab[ssh]"
        ) from error
    hosts = dict(cluster.hosts)
    if cluster.scheduler and cluster.scheduler not in hosts:
        hosts[cluster.scheduler] = 0
    rows = {host: Row(host) for host in hosts}

    async def check_all() -> None:
        await asyncio.gather(
            *(_check_host(cluster, host, slots, needs, note, rows[host]) for host, slots in hosts.items())
        )

    run_apart(check_all())
    return list(rows.values())


def run_apart(work: Any) -> Any:
    """Run a coroutine in a thread of its own: a notebook's kernel has an event loop already."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _check_host(
    cluster: SshPlace, host: str, slots: int, needs: Needs, note: Note | None, row: Row
) -> None:
    connection = await reached(cluster, host, row)
    if connection is None:
        return
    async with connection:
        asked = time.time()
        answer = await _ask(connection, cluster, host, needs, note, row)
        if answer is None:
            return
        judge(
            row,
            answer,
            needs,
            note,
            cluster=cluster.name,
            asked=asked,
            answered=time.time(),
            workers=slots,
            threads=cluster.threads,
            memory_bytes=parse_size(cluster.memory) if cluster.memory else 0,
            gpus=cluster.gpus,
        )


async def reached(cluster: SshPlace, host: str, row: Row) -> Any:
    """Connect; None where that fails, and then the row says why."""
    import asyncssh

    port = cluster.port or 22
    where = f"{host} port {port}"
    login = f"{cluster.user}@{host}" if cluster.user else host
    flag = f" -p {port}" if cluster.port else ""
    known = cluster.known_hosts or "~/.ssh/known_hosts"
    try:
        connection = await asyncio.wait_for(
            asyncssh.connect(host, **connect_options(cluster)), _CONNECT_PATIENCE_S
        )
    except asyncssh.HostKeyNotVerifiable as error:
        changed = "does not match" in str(error).lower() or "mismatch" in str(error).lower()
        told = "is not the one that is known" if changed else "is not known"
        row.fail(
            "signed-in",
            f"its host key {told} here, so it cannot be trusted",
            f"compare its fingerprint with its administrator, then: ssh-keyscan{flag} {host} >> {known}",
        )
    except asyncssh.PermissionDenied:
        row.fail(
            "signed-in",
            f"it accepts no key of ours for {cluster.user or 'this user'}, and nobody can type a password",
            f"give it one: ssh-copy-id{f' -i {cluster.key_file}' if cluster.key_file else ''}{flag} {login}",
        )
    except TimeoutError:
        row.fail(
            "reached",
            f"nothing answers at {where} within {_CONNECT_PATIENCE_S:.0f} s",
            "start it, or let its firewall pass SSH from here, or take it out of `hosts`",
        )
    except socket.gaierror:
        row.fail(
            "reached", "the name of this host is not known here", "correct it in `hosts`, or give its address"
        )
    except ConnectionRefusedError:
        row.fail(
            "reached",
            f"no SSH server listens at {where}",
            "start the host and its SSH server, or correct `port`, or take it out of `hosts`",
        )
    except OSError as error:
        row.fail(
            "reached",
            f"{where} cannot be reached: {(error.strerror or str(error)).lower()}",
            "start it, or look at the network between, or take it out of `hosts`",
        )
    except (asyncssh.Error, ValueError) as error:
        row.fail(
            "signed-in",
            f"SSH fails: {str(error) or type(error).__name__}",
            f"try it by hand: ssh{flag} {login} true",
        )
    else:
        row.ok("reached")
        row.ok("signed-in")
        return connection
    return None


async def _ask(
    connection: Any, cluster: SshPlace, host: str, needs: Needs, note: Note | None, row: Row
) -> dict[str, Any] | None:
    python = cluster.python or sys.executable
    variables = [f"{name}={value}" for name, value in cluster.environment.items()]
    command = shlex.join(["env", *variables, python, "-"])
    try:
        done = await asyncio.wait_for(
            connection.run(command, input=program(needs, note), check=False), _PROBE_PATIENCE_S
        )
    except TimeoutError:
        row.fail(
            "python",
            f"its Python does not answer within {_PROBE_PATIENCE_S:.0f} s",
            f"try it by hand: ssh {host} {python} -V",
        )
        return None
    answer = answer_in(str(done.stdout))
    if answer is None:
        last = (str(done.stderr).strip().splitlines() or ["no word of why"])[-1]
        missing = done.exit_status in {126, 127}
        row.fail(
            "python",
            f"it has no Python at {python}" if missing else f"its Python fails: {last}",
            f"name its Python in `python` of [{cluster.name}], or make one: "
            f"jupyter agilab cluster install {cluster.name}",
        )
    return answer


def program(needs: Needs, note: Note | None) -> str:
    """Give the text of a program that prints the answer to what is needed."""
    text = Path(probe.__file__).read_text("utf-8")
    return f"{text}\n\nmain(json.loads({json.dumps(request_of(needs, note))!r}))\n"


def answer_in(output: str) -> dict[str, Any] | None:
    """Find the answer among what else was printed."""
    for line in output.splitlines():
        if line.startswith(probe.MARK):
            answer: dict[str, Any] = json.loads(line.removeprefix(probe.MARK))
            return answer
    return None
