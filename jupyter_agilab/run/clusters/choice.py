"""What follows from the choice of a cluster for a run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.errors import UsageError
from jupyter_agilab.run.clusters.load import named
from jupyter_agilab.run.clusters.model import declared_slots

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract
    from jupyter_agilab.run.submit import RunSettings


def on_cluster(settings: RunSettings, contract: Contract, folder: Path) -> RunSettings:
    """Give a run's settings with what its cluster implies: the dask back end, and as many workers as it has.

    Raises
    ------
    UsageError
        They ask for another back end, or for a scheduler as well.
    ClusterError
        There is no such cluster, or its table has errors.
    """
    if settings.cluster is None:
        return settings
    if settings.scheduler is not None:
        raise UsageError(
            "a run takes a cluster or the address of a scheduler, not both",
            hint="leave one of --cluster and --scheduler out",
        )
    if settings.backend not in {None, "dask"}:
        raise UsageError(
            f"--cluster is for the dask back end; {settings.backend} was asked for",
            hint="leave out --backend",
        )
    cluster = named(folder, settings.cluster)
    workers = settings.workers
    if workers is None and contract.workers == "auto":
        workers = declared_slots(cluster)
    return dataclasses.replace(settings, backend="dask", workers=workers)
