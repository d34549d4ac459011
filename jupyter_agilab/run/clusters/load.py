"""Read ``clusters.toml``: the project's, beside the contracts, overlaid by the user's own.

Whatever is in the two files, the answer is clusters and findings, never an exception; only `named` raises.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.source import Unusable, data_of, text_of
from jupyter_agilab.diagnostics import Finding, did_you_mean, errors_in
from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.check_text import Table, remarks_about, remarks_about_names, tables_in
from jupyter_agilab.run.clusters.keys import keys_of
from jupyter_agilab.run.clusters.model import CLASS_OF, AddressPlace, Cluster, LocalPlace

FILE_NAME = "clusters.toml"
BUILT_IN: Mapping[str, Cluster] = {"local": LocalPlace(name="local", kind="local")}
"""Clusters that need no file; a table of the same name takes their place."""

_OF_THIS_MACHINE = frozenset({"share", "tls_ca_file", "tls_cert", "tls_key", "key_file", "known_hosts"})
"""Paths that are looked at here; relative ones start from the folder of the file that they stand in."""


@dataclass(frozen=True, slots=True)
class ClustersFile:
    """Both files as they were read.

    Attributes
    ----------
    path, own_path
        The project's file and the user's own; either may be missing.
    clusters
        The clusters that can be used, by name, the project's first; with those of `BUILT_IN`.
    names
        All names, also of clusters that cannot be used.
    findings
        All of both files, the project's first, each in the order of the lines.
    """

    path: Path
    own_path: Path
    clusters: Mapping[str, Cluster]
    names: tuple[str, ...]
    findings: tuple[Finding, ...]
    of_cluster: Mapping[str, tuple[Finding, ...]] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not errors_in(self.findings)


def own_clusters_path() -> Path:
    """Give the path of the user's own file, in Jupyter's config directory."""
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir()) / "agilab" / FILE_NAME


def read_clusters(folder: Path, text: str | None = None) -> ClustersFile:
    """Read and check the clusters that contracts of a folder can name.

    Parameters
    ----------
    folder
        The contracts' folder.
    text
        Read in place of the project's file: what an editor has and has not saved.
    """
    path, own_path = folder.absolute() / FILE_NAME, own_clusters_path()
    project, wrong = _tables(path, is_project=True, text=text)
    own, wrong_own = _tables(own_path, is_project=False)
    findings = [*wrong, *wrong_own]
    clusters, of_cluster = dict(BUILT_IN), {}
    names = dict.fromkeys((*project, *own))
    for name in names:
        parts = [part for part in (project.get(name), own.get(name)) if part is not None]
        found, cluster = _cluster(name, parts)
        of_cluster[name] = tuple(found)
        findings += found
        clusters.pop(name, None)
        if cluster is not None:
            clusters[name] = cluster
    places = [str(path), str(own_path)]
    findings.sort(key=lambda each: (places.index(each.path or str(path)), each.line or 0))
    return ClustersFile(
        path, own_path, clusters, tuple(dict.fromkeys((*names, *BUILT_IN))), tuple(findings), of_cluster
    )


def named(folder: Path, name: str) -> Cluster:
    """Give the cluster of a name.

    Raises
    ------
    jupyter_agilab.errors.ClusterError
        There is none, or its table has errors; all of them are told.
    """
    file = read_clusters(folder)
    cluster = file.clusters.get(name)
    if cluster is not None:
        return cluster
    wrong = errors_in(file.of_cluster.get(name, ()))
    if wrong:
        told = "\n".join(f"  {finding}" for finding in wrong)
        raise ClusterError(f"the cluster {name!r} cannot be used\n{told}")
    unread = [finding for finding in errors_in(file.findings) if finding.level == "syntax"]
    if unread:
        told = "\n".join(f"  {finding}" for finding in unread)
        raise ClusterError(f"the cluster {name!r} is not known\n{told}")
    raise ClusterError(
        f"there is no cluster named {name!r} in {file.path} or {file.own_path}",
        hint=did_you_mean(name, file.names) or f"there are: {', '.join(file.names)}",
    )


def chosen_cluster(folder: Path | None, name: str | None, scheduler: str | None) -> Cluster:
    """Give the cluster that a run was told: by its name, by a scheduler's address, or this machine.

    Raises
    ------
    jupyter_agilab.errors.ClusterError
        There is none of that name, or its table has errors.
    """
    if name is not None:
        return named(folder if folder is not None else Path.cwd(), name)
    if scheduler is not None:
        return AddressPlace(name=scheduler, kind="address", address=scheduler)
    return BUILT_IN["local"]


def _tables(
    path: Path, *, is_project: bool, text: str | None = None
) -> tuple[dict[str, Table], list[Finding]]:
    """Read one file, or check its text; a missing one has no tables."""
    if text is None and not os.path.lexists(path):
        return {}, []
    try:
        text = text_of(path) if text is None else text
        data = data_of(text)
        tables = tables_in(data, text, path, is_project=is_project)
    except (Unusable, RecursionError) as error:
        finding = error.finding if isinstance(error, Unusable) else Finding(code="", message="")
        message = finding.message.replace("the contract must", f"{FILE_NAME} must").replace(
            "a contract must", f"{FILE_NAME} must"
        )
        code = finding.code.replace("contract.", "clusters.") or "clusters.malformed"
        message = message or "the text must be TOML; its values are nested too deeply"
        return {}, [replace(finding, code=code, message=message, level="syntax", path=str(path), hint="")]
    return tables, [*remarks_about_names(data, text, path)]


def _cluster(name: str, parts: list[Table]) -> tuple[list[Finding], Cluster | None]:
    """Check a cluster's tables together, and put them together where nothing is wrong."""
    findings = remarks_about(name, parts)
    if errors_in(findings):
        return findings, None
    kind = next(part.data["kind"] for part in reversed(parts) if "kind" in part.data)
    values: dict[str, Any] = {"name": name}
    for part in parts:
        for key in keys_of(kind).values():
            if key.name not in part.data:
                continue
            value = key.kind.convert(part.data[key.name])
            if key.name in _OF_THIS_MACHINE:
                value = os.path.normpath(part.path.parent / Path(value).expanduser())
            if isinstance(value, dict) and isinstance(values.get(key.name), dict) and key.name != "hosts":
                value = {**values[key.name], **value}
            values[key.name] = value
    return findings, CLASS_OF[kind](**values)
