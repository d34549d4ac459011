"""The manifest: what a run was given, where it ran and how it ended."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from jupyter_agilab import __version__
from jupyter_agilab.atomic import write_json
from jupyter_agilab.run.layout import RunDirectory

SCHEMA = "agilab.run.v1"
_PACKAGES = ("dask", "distributed", "numpy", "pandas", "polars", "pyarrow", "scikit-learn", "scipy")


def environment(folder: Path) -> dict[str, Any]:
    """Describe where this runs: interpreter, packages, host, git revision of the contract's folder."""
    return {
        "jupyter_agilab": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "host": platform.node(),
        "cores": os.cpu_count(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
        "git": _git_revision(folder),
    }


def read_manifest(run: RunDirectory) -> dict[str, Any] | None:
    """Read a manifest; None where there is none, or one that is not ours."""
    try:
        value = json.loads(run.manifest.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) and value.get("schema") == SCHEMA else None


def update_manifest(run: RunDirectory, changes: Mapping[str, Any]) -> None:
    """Change some fields, whole or not at all."""
    write_json(run.manifest, {**(read_manifest(run) or {"schema": SCHEMA}), **changes})


def artifact_of(run: RunDirectory, manifest: Mapping[str, Any]) -> Path | None:
    """Give where a run's artifact is; it goes along where the contract's folder was moved or copied since."""
    artifact = manifest.get("artifact") or {}
    if "path" not in artifact:
        return None
    path, folder = Path(artifact["path"]), manifest.get("folder", "")
    if path.is_relative_to(folder):
        here = run.path.parents[3] / path.relative_to(folder)
        if here.is_file():
            return here
    return path


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git_revision(folder: Path) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
