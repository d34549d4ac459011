"""A folder's clusters, and started ones, as answers have them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jupyter_agilab import api
from jupyter_agilab.run.clusters.load import BUILT_IN, ClustersFile, read_clusters
from jupyter_agilab.run.clusters.model import Cluster
from jupyter_agilab.run.clusters.service.status import ClusterStatus
from jupyter_agilab.server.places import Root

SHOWN_KEYS = (
    *("address", "hosts", "scheduler", "queue", "account", "walltime", "cores", "memory", "threads", "gpus"),
    *("workers", "workers_per_job", "jobs", "maximum_jobs", "auth", "share", "results", "idle_s", "wait_s"),
)
"""The keys whose values are told; all others may hold what is nobody's business: commands, environments."""

_USER_INFO = re.compile(r"(?<=//)[^/@\s]*@")


def clusters_json(folder: Path, root: Root) -> dict[str, Any]:
    """Give the clusters that contracts of a folder can name; asks none of them."""
    file = read_clusters(folder)
    return {
        "folder": root.told(folder),
        "path": root.told(file.path),
        "exists": file.path.is_file() and root.holds(file.path),
        "clusters": [_cluster_json(name, file, folder, root) for name in file.names],
        "findings": root.plain([_without_own(finding.to_json(), file) for finding in file.findings]),
    }


def service_json(status: ClusterStatus, root: Root) -> dict[str, Any]:
    """Give a started cluster, or one that is not; of a folder outside the root it is only told that it is."""
    is_inside = not status.folder or root.keeps(Path(status.folder))
    return {
        **status.to_json(),
        "folder": root.told(status.folder) if status.folder and is_inside else None,
        "is_elsewhere": not is_inside,
        "cause": root.without_root(status.cause),
        "address": _USER_INFO.sub("", status.address) or None,
        "workers": int(status.health.get("workers_running_count", 0)),
        "health": health_json(status, root),
    }


def health_json(status: ClusterStatus, root: Root) -> dict[str, Any]:
    """Give AGILAB's document without the place where it is kept, which is not below the root."""
    told: dict[str, Any] = root.plain(dict(status.health))
    return {**told, "path": ""}


def is_of(status: ClusterStatus, folder: Path) -> bool:
    """Say whether a started cluster is that of a folder, not one of the same name somewhere else."""
    return bool(status.folder) and Path(status.folder).resolve() == folder.resolve()


def status_in(name: str, folder: Path) -> ClusterStatus:
    """Say how a folder's cluster is; one of the same name somewhere else does not count."""
    status = api.cluster_status(name, folder=folder)
    if status.folder and not is_of(status, folder):
        from jupyter_agilab.run.clusters.service.health import stopped_document

        return ClusterStatus(name=name, health=stopped_document(name, "", ""))
    return status


def _cluster_json(name: str, file: ClustersFile, folder: Path, root: Root) -> dict[str, Any]:
    cluster = file.clusters.get(name)
    findings = [finding.to_json() for finding in file.of_cluster.get(name, ())]
    return {
        "name": name,
        "kind": cluster.kind if cluster is not None else "",
        "ok": cluster is not None,
        "is_built_in": cluster is not None and cluster is BUILT_IN.get(name),
        "findings": root.plain([_without_own(finding, file) for finding in findings]),
        "facts": _facts(cluster, root) if cluster is not None else [],
        "service": service_json(status_in(name, folder), root),
    }


def _facts(cluster: Cluster, root: Root) -> list[list[str]]:
    facts = []
    for key in SHOWN_KEYS:
        value = getattr(cluster, key, None)
        if value in {None, ""} if not isinstance(value, dict) else not value:
            continue
        if isinstance(value, dict):
            text = ", ".join(f"{name}: {slots}" for name, slots in value.items())
        else:
            text = str(value)
        if key == "share" and not root.keeps(Path(text)):
            # it may be anywhere on the machine
            continue
        facts.append([key, root.without_root(_USER_INFO.sub("", text))])
    return facts


def _without_own(finding: dict[str, Any], file: ClustersFile) -> dict[str, Any]:
    """Name the user's own file without its place."""
    own = str(file.own_path)
    return {
        name: value.replace(own, "your own clusters.toml") if isinstance(value, str) else value
        for name, value in finding.items()
    }
