"""What one run of a workflow does differently from its file; all optional."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowSettings:
    """What one run does differently.

    Attributes
    ----------
    flags
        Flags that this run switches on, or off as ``no-FLAG``.
    backend
        Where it takes place; by default where the workflow says, else in the pool.
    cluster
        Name of a cluster in ``clusters.toml``; then the back end is dask.
    workers
        Workers for this run.
    batch_size
        Partitions per task; by default it follows the times seen.
    scheduler
        Address of a Dask scheduler that is already there.
    force
        Whether all partitions run although their results are there.
    overwrite
        Whether files that no run wrote may be replaced by artifacts.
    """

    flags: tuple[str, ...] = ()
    backend: Literal["local", "pool", "threads", "dask"] | None = None
    cluster: str | None = None
    workers: int | None = None
    batch_size: int | None = None
    scheduler: str | None = None
    force: bool = False
    overwrite: bool = False
