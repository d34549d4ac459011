"""The manifest: what a run was given, where it ran and how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_agilab import __version__
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.sealed_json import read_sealed, write_sealed

SCHEMA = "agilab.run.v1"
WORKFLOW_SCHEMA = "agilab.workflow_run.v1"
_PACKAGES = ("dask", "distributed", "numpy", "pandas", "polars", "pyarrow", "scikit-learn", "scipy")


def environment(folder: Path) -> dict[str, Any]:
    """Describe where this runs: interpreter, packages, host, git revision of the contract's folder."""
    import platform

    return {
        "jupyter_agilab": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "host": platform.node(),
        "cores": os.cpu_count(),
        "packages": _versions(),
        "git": _git_revision(folder),
    }


def read_manifest(run: RunDirectory) -> dict[str, Any] | None:
    """Read a manifest; None where there is none, or one that is damaged or not ours."""
    try:
        value = read_sealed(run.manifest)
    except (OSError, ValueError):
        return None
    is_ours = value.get("schema") == _schema_of(run) and value.get("run_id", run.run_id) == run.run_id
    return value if is_ours and value.get("stage", run.stage) == run.stage else None


def write_manifest(run: RunDirectory, manifest: Mapping[str, Any]) -> None:
    """Write a manifest, whole or not at all.

    Raises
    ------
    OSError
        It cannot be written.
    """
    write_sealed(run.manifest, dict(manifest))


_written: dict[Path, dict[str, Any]] = {}
"""What this process wrote last: one that is damaged while its run goes on is put right by that."""


def update_manifest(run: RunDirectory, changes: Mapping[str, Any]) -> None:
    """Change some fields, whole or not at all. Only one process may do so at a time: the run's driver.

    Raises
    ------
    OSError
        It cannot be written.
    """
    before = read_manifest(run) or _written.get(run.path) or {"schema": _schema_of(run)}
    _written[run.path] = {**before, **changes}
    write_manifest(run, _written[run.path])


def _schema_of(run: RunDirectory) -> str:
    return WORKFLOW_SCHEMA if run.is_of_workflow else SCHEMA


def artifact_of(run: RunDirectory, manifest: Mapping[str, Any]) -> Path | None:
    """Give where a run's artifact is; it goes along where the contract's folder was moved or copied since."""
    artifact = manifest.get("artifact") or {}
    if "path" not in artifact:
        return None
    return moved_along(run, manifest, Path(artifact["path"]))


def moved_along(run: RunDirectory, manifest: Mapping[str, Any], path: Path) -> Path:
    """Give where a file of the contract's folder is now, where that folder was moved or copied since."""
    folder = manifest.get("folder", "")
    if path.is_relative_to(folder):
        here = run.path.parents[3] / path.relative_to(folder)
        if here.is_file() or not path.exists():
            return here
    return path


def _versions() -> dict[str, str]:
    """Give the versions of `_PACKAGES` that are installed, by the names of the folders with their records.

    See PyPA's "Recording installed projects". `importlib.metadata` reads the records themselves, and takes
    the time of a thousand tiny partitions.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            for entry in entries:
                stem, _, kind = entry.name.rpartition(".")
                if kind in {"dist-info", "egg-info"}:
                    project, _, rest = stem.partition("-")
                    # of an egg, Python's version follows
                    found.setdefault(project.lower().replace("_", "-"), rest.partition("-")[0])
    return {name: found[name] for name in _PACKAGES if found.get(name)}


def _git_revision(folder: Path) -> str | None:
    is_in_repository = any((each / ".git").exists() for each in (folder, *folder.parents))
    if not is_in_repository and "GIT_DIR" not in os.environ:
        return None
    import subprocess

    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
