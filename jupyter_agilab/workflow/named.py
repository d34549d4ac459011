"""Which workflow a user means."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.contract.fed import SUFFIX, is_workflow_name
from jupyter_agilab.diagnostics import did_you_mean

__all__ = ["SUFFIX", "is_workflow_name", "other_files", "workflow_path"]


def workflow_path(name: str | Path, folder: Path | None = None) -> Path:
    """Give the workflow's path for what a user typed: a path, or its file's name without the end.

    A folder means the workflow in it where there is one only. What is not there is given back as it is, so
    that a check can say so.
    """
    base = folder or Path()
    path = base / name
    if path.is_file():
        return path
    # `.` and `/` have no name
    if path.name and (named := path.with_name(f"{path.name}{SUFFIX}")).is_file():
        return named
    if path.is_dir():
        inside = sorted(path.glob(f"*{SUFFIX}"))
        if len(inside) == 1:
            return inside[0]
    return path


def other_files(path: Path) -> str:
    """Suggest a workflow that is there, for one that is not."""
    try:
        folder = path if path.is_dir() else path.parent
        names = sorted(file.name for file in folder.iterdir() if is_workflow_name(file.name))
    except (OSError, ValueError):
        names = []
    if not names:
        return f"a workflow is a file NAME{SUFFIX}, with a table [stages.NAME] for each stage"
    return did_you_mean(path.name, names) or f"the folder has: {', '.join(names[:5])}"
