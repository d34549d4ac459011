"""How people name a place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import UsageError
from jupyter_agilab.live.places.place import Place


def use_pool(workers: int | None = None, *, resources: Mapping[str, float] | None = None) -> Place:
    """Give a place of worker processes of this machine.

    Use it as ``with use_pool() as place:``, or ``place = use_pool().start()`` until ``place.close()``.

    Parameters
    ----------
    workers
        Processes; by default as many as there are cores, 8 at most.
    resources
        What tasks can claim besides ``cpus`` and ``memory`` (bytes), as ``{"gpus": 1.5}``; or other
        amounts of these. They are only counted: nobody checks that a GPU is there.
    """
    from jupyter_agilab.live.places.processes import ProcessPlace

    return ProcessPlace("pool", workers, resources)


def use_threads(workers: int | None = None, *, resources: Mapping[str, float] | None = None) -> Place:
    """Give a place of threads of this process: for what waits, or lets go of the interpreter while it works.

    Arguments and results are the very objects, so nothing has to be picklable, and the global generators of
    random numbers are shared by all that runs at the same time.

    Parameters
    ----------
    workers, resources
        As for `use_pool`.
    """
    from jupyter_agilab.live.places.threads import ThreadPlace

    return ThreadPlace("threads", workers, resources)


def use_cluster(
    cluster: Any = "local", *, folder: str | Path | None = None, workers: int | None = None
) -> Place:
    """Give a place of Dask workers.

    Parameters
    ----------
    cluster
        The name of a cluster of ``clusters.toml``; ``"local"``, which needs no file; the address of a
        scheduler, ``"tcp://HOST:PORT"``; or a `distributed.Client`, which is left open.
    folder
        Where ``clusters.toml`` lies; by default the current folder.
    workers
        How many can be of use, where the cluster's table does not say.

    Raises
    ------
    ClusterError
        There is no such cluster, or its table has errors.
    UsageError
        It is neither a name, nor an address, nor a client.
    """
    from jupyter_agilab.live.places.cluster import DaskPlace

    home = Path(folder or Path.cwd()).absolute()
    if hasattr(cluster, "scheduler_info") and hasattr(cluster, "submit"):
        if getattr(cluster, "asynchronous", False):
            raise UsageError(
                "the client is asynchronous, and tasks are called from code that is not",
                hint="make the client with asynchronous=False",
            )
        return DaskPlace(cluster, home)
    if not isinstance(cluster, str) or not cluster:
        raise UsageError(f"use_cluster takes a cluster's name, an address or a Dask client, got {cluster!r}")
    from jupyter_agilab.run.clusters.load import chosen_cluster

    is_address = "://" in cluster
    found = chosen_cluster(home, None if is_address else cluster, cluster if is_address else None)
    return DaskPlace(found, home, workers)
