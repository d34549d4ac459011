"""Back ends: one per file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_agilab.run.runners.types import LostTask, Outcome, Runner, WorkerEvent

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract

__all__ = ["LostTask", "Outcome", "Runner", "WorkerEvent", "make_runner"]


def make_runner(
    contract: Contract, workers: int, threads: int, *, scheduler: str | None, should_stop: Callable[[], bool]
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
    """
    keep_going = contract.execution.on_failure == "finish"
    if contract.backend == "dask":
        from jupyter_agilab.run.runners.dask import DaskRunner

        return DaskRunner(
            workers,
            keep_going=keep_going,
            address=scheduler,
            memory=contract.execution.memory,
            threads=threads,
        )
    if contract.backend == "pool" and contract.execution.pool == "threads":
        from jupyter_agilab.run.runners.threads import ThreadRunner

        return ThreadRunner(workers, keep_going=keep_going, should_stop=should_stop)
    from jupyter_agilab.run.runners.processes import ProcessRunner

    return ProcessRunner(
        workers if contract.backend == "pool" else 1, keep_going=keep_going, name=contract.backend
    )
