"""What workers of a place have, as far as that is known before they are started."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.run.clusters.load import named
from jupyter_agilab.run.clusters.model import Cluster, LocalPlace, SlurmPlace, SshPlace
from jupyter_agilab.workflow.amounts import parse_walltime
from jupyter_agilab.workflow.machine import this_machine
from jupyter_agilab.workflow.planning.claims import Room


def room_here() -> Room:
    """Give what one partition on this machine can claim at most."""
    here = this_machine()
    return Room(
        described="this machine",
        cpus=here["cpus"],
        gpus=here["gpus"],
        memory_bytes=int(here["memory"]),
        named_are_all=True,
    )


def room_on(folder: Path, cluster: str) -> Room:
    """Give what one worker of a cluster of ``clusters.toml`` has at most; nothing is started or asked.

    Raises
    ------
    ClusterError
        There is no such cluster, or its table has errors.
    """
    return _room_of(named(folder, cluster))


def _room_of(cluster: Cluster) -> Room:
    described = f"a worker of the cluster {cluster.name}"
    match cluster:
        case LocalPlace():
            here = room_here()
            memory_bytes = parse_size(cluster.memory) if cluster.memory else here.memory_bytes
            # workers that Dask starts here declare nothing by name
            return Room(
                described=described, cpus=here.cpus, gpus=0.0, memory_bytes=memory_bytes, named_are_all=True
            )
        case SshPlace():
            memory = parse_size(cluster.memory) if cluster.memory else None
            return Room(described=described, gpus=float(cluster.gpus), memory_bytes=memory)
        case SlurmPlace():
            return Room(
                described=described,
                gpus=float(cluster.gpus),
                cpus=cluster.cores / cluster.workers_per_job,
                memory_bytes=parse_size(cluster.memory) // cluster.workers_per_job,
                walltime_s=_longest_s(cluster.walltime),
            )
    # what others have is known only when they are there
    return Room(described=described)


def _longest_s(walltime: str | None) -> int | None:
    try:
        return parse_walltime(walltime) if walltime else None
    except ValueError:
        # two numbers, which batch systems do not read alike
        return None
