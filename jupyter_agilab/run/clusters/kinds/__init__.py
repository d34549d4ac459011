"""The kinds of clusters: one per file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_agilab.run.clusters.kinds.types import Kind, Started, Wish
    from jupyter_agilab.run.clusters.model import Cluster, KindName

# by name, because each needs a library of its own that is imported when a cluster is started
MODULE_OF: Mapping[KindName, str] = {
    "local": "local",
    "address": "address",
    "ssh": "ssh",
    "gateway": "gateway",
    "slurm": "queues",
    "pbs": "queues",
    "lsf": "queues",
    "sge": "queues",
}


def start_cluster(cluster: Cluster, wish: Wish) -> Started:
    """Start a cluster, or connect to one that is there; see `Kind.start`."""
    kind: Kind = import_module(f"jupyter_agilab.run.clusters.kinds.{MODULE_OF[cluster.kind]}")
    return kind.start(cluster, wish)
