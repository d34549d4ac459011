"""Check workers that have joined a Dask scheduler: each host's first worker is asked."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import FunctionType
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.check import probe
from jupyter_agilab.run.clusters.check.judge import judge
from jupyter_agilab.run.clusters.check.needs import Needs, Note, request_of
from jupyter_agilab.run.clusters.check.report import Row

_ANSWER_PATIENCE_S = 60.0
_MOST_ROWS = 200


def check_workers(
    client: Any, needs: Needs, note: Note | None, *, cluster: str, host_of: Any = None, gpus: float = 0
) -> list[Row]:
    """Ask one worker of each host (of each name, where `host_of` tells hosts apart), 200 at most.

    Parameters
    ----------
    client
        A `distributed.Client` whose scheduler has workers.
    host_of
        Gives a worker's host by its name and the host that Dask reports.
    """
    workers: dict[str, dict[str, Any]] = client.scheduler_info(n_workers=-1)["workers"]
    chosen: dict[str, str] = {}
    slots: dict[str, int] = {}
    for address, told in workers.items():
        host = host_of(str(told["name"]), told["host"]) if host_of else told["host"]
        chosen.setdefault(host, address)
        slots[host] = slots.get(host, 0) + 1
    chosen = dict(list(chosen.items())[:_MOST_ROWS])
    rows = {host: Row(host) for host in chosen}
    for row in rows.values():
        row.ok("reached")
    same = _same_python(client, chosen, rows, cluster)
    if not same:
        return list(rows.values())
    asked = time.time()
    answers = client.run(
        by_value(), request_of(needs, note), workers=list(same.values()), nanny=False, on_error="return"
    )
    answered = time.time()
    for host, address in same.items():
        answer = answers.get(address)
        if not isinstance(answer, dict):
            rows[host].fail(
                "python",
                f"a worker cannot answer: {type(answer).__name__}: {answer}",
                "look at the worker's own log, and start it again",
            )
            continue
        told = workers[address]
        judge(
            rows[host],
            answer,
            needs,
            note,
            cluster=cluster,
            asked=asked,
            answered=answered,
            workers=slots[host],
            threads=told["nthreads"],
            # what the worker limits itself to, where it is less than its share of the machine
            memory_bytes=min(
                told.get("memory_limit") or 0, answer["memory_bytes"] // slots[host] or sys.maxsize
            ),
            gpus=gpus,
        )
    return list(rows.values())


def _same_python(client: Any, chosen: dict[str, str], rows: dict[str, Row], cluster: str) -> dict[str, str]:
    """Tell Pythons and Dasks that differ; give the workers that understand what this side sends."""
    try:
        told = client.get_versions()["workers"]
    except Exception as error:
        raise ClusterError(f"the workers of {cluster} do not answer: {error}") from error
    same = {}
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for host, address in chosen.items():
        versions = told.get(address) or {}
        python = ".".join(str((versions.get("host") or {}).get("python", here)).split(".")[:2])
        if python == here:
            same[host] = address
        else:
            rows[host].fail(
                "python",
                f"its Python is {python} and this one is {here}: what is sent between them needs the same",
                f"start its workers with Python {here}",
            )
    return same


def by_value() -> Any:
    """Give the probe as a function that is sent whole: the worker may not have this package."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(Path(probe.__file__).read_text("utf-8"), "probe", "exec"), namespace)  # noqa: S102  # our own
    function = namespace["probe"]
    assert isinstance(function, FunctionType)
    return function
