"""Back ends: one per file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.run.runners.types import LostTask, Outcome, Runner, WorkerEvent
from jupyter_agilab.run.threads_per_worker import thread_environment

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract

__all__ = ["LostTask", "Outcome", "Runner", "WorkerEvent", "make_runner"]


def make_runner(
    contract: Contract,
    workers: int,
    threads: int,
    *,
    scheduler: str | None,
    should_stop: Callable[[], bool],
    cluster: str | None = None,
    folder: Path | None = None,
    pinned: bool = False,
) -> Runner:
    """Make the runner that a contract asks for; nothing is started yet.

    Parameters
    ----------
    workers
        How many workers can be of use.
    threads
        BLAS and OpenMP threads per worker.
    scheduler
        Address of a Dask scheduler that is already there, for ``backend = "dask"``.
    should_stop
        Asked between partitions by runners whose workers live in the driver's process.
    cluster, folder
        Name of a cluster in ``clusters.toml``, and the contract's folder, where that file is looked for.
    pinned
        Whether partitions are pinned to workers: one that takes the place of another then has its name.
    """
    keep_going = contract.execution.on_failure == "finish"
    if contract.backend == "dask":
        from jupyter_agilab.run.clusters.load import chosen_cluster
        from jupyter_agilab.run.runners.dask import DaskRunner

        return DaskRunner(
            workers,
            chosen_cluster(folder, cluster, scheduler),
            keep_going=keep_going,
            memory=contract.execution.memory,
            gpus=contract.resources.gpus or 0,
            threads=threads,
            should_stop=should_stop,
        )
    if contract.backend == "pool" and contract.execution.pool == "threads":
        from jupyter_agilab.run.runners.threads import ThreadRunner

        return ThreadRunner(workers, keep_going=keep_going, should_stop=should_stop, keeps_names=pinned)
    from jupyter_agilab.run.runners.processes import ProcessRunner

    return ProcessRunner(
        workers if contract.backend == "pool" else 1,
        keep_going=keep_going,
        name=contract.backend,
        keeps_names=pinned,
        environment=thread_environment(threads),
    )
