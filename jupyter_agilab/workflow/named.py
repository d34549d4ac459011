"""Which workflow a user means."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.contract.fed import SUFFIX, is_workflow_name
from jupyter_agilab.contract.named import files_beside, path_of

__all__ = ["SUFFIX", "is_workflow_name", "other_files", "workflow_path"]


def workflow_path(name: str | Path, folder: Path | None = None) -> Path:
    """Give the workflow's path for what a user typed: a path, or its file's name without the end.

    A folder means the workflow in it where there is one only. What is not there is given back as it is, so
    that a check can say so.
    """
    return path_of(name, folder, SUFFIX)


def other_files(path: Path) -> str:
    """Suggest a workflow that is there, for one that is not."""
    otherwise = f"a workflow is a file NAME{SUFFIX}, with a table [stages.NAME] for each stage"
    return files_beside(path, SUFFIX, otherwise)
