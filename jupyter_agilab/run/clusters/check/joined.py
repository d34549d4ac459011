"""Refuse workers that have joined and are not fit, before anything is sent to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.check.by_workers import check_workers
from jupyter_agilab.run.clusters.check.needs import needs_of_code
from jupyter_agilab.run.clusters.check.report import Row
from jupyter_agilab.run.types import StageSpec

_DECIDES = frozenset(("python", "packages", "memory", "gpu"))
_NAMED = 4


def refuse_misfits(
    client: Any,
    spec: StageSpec,
    *,
    cluster: str,
    memory: str | None = None,
    gpus: float = 0,
    host_of: Any = None,
) -> None:
    """Ask one worker of each host for its Python, the packages that the stage imports, memory and GPUs.

    Where GPUs are claimed, and there, pandas works on them from now on in all workers (``cudf.pandas``).
    Blocks for some hundredths of a second.

    Raises
    ------
    ClusterError
        A host is not fit; each is named with the cause, and with what to do.
    """
    needs = replace(needs_of_code(spec.stage, spec.sources, memory), gpus=gpus)
    rows = check_workers(client, needs, None, cluster=cluster, host_of=host_of)
    wrong = [(row, cell) for row in rows for name, cell in row.cells.items() if _is_wrong(row, name)]
    if not wrong:
        if gpus:
            _use_gpus(client, cluster)
        return
    told = [f"{row.host}: {cell.told}" for row, cell in wrong[:_NAMED]]
    more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    raise ClusterError(
        f"workers of the cluster {cluster!r} are not fit for {spec.stage}: {'; '.join(told)}{more}",
        hint=f"{wrong[0][1].remedy}; all that is wrong: jupyter agilab cluster check {cluster} {spec.stage}",
    )


def _is_wrong(row: Row, aspect: Any) -> bool:
    return aspect in _DECIDES and row.cells[aspect].state == "failed"


def _use_gpus(client: Any, cluster: str) -> None:
    """Let pandas work on GPUs, as RAPIDS' own documentation has it, before the stage imports it."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("def turn_on():\n    import cudf.pandas\n    cudf.pandas.install()\n", namespace)  # noqa: S102  # ours
    answers = client.run(namespace["turn_on"], on_error="return")
    wrong = [answer for answer in answers.values() if isinstance(answer, BaseException)]
    if wrong:
        raise ClusterError(
            f"workers of the cluster {cluster!r} have GPUs, and RAPIDS cannot use them: {wrong[0]}",
            hint="install cudf there, or leave `gpus` out of [resources]",
        )
