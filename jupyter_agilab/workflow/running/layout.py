"""Runs of workflows, found; where they lie: `jupyter_agilab.run.layout`."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.errors import RunNotFoundError
from jupyter_agilab.run.layout import RunDirectory, workflow_directories


def find_workflow_run(folder: Path, name: str, run_id: str | None = None) -> RunDirectory:
    """Find a run of a workflow by its id or the start of it; by default the newest.

    Raises
    ------
    RunNotFoundError
        There is none, or more than one.
    """
    runs = workflow_directories(folder, name)
    found = [run for run in runs if run.run_id.startswith(run_id)] if run_id else runs[:1]
    if len(found) == 1:
        return found[0]
    known = ", ".join(run.run_id for run in runs[:5]) or "there are no runs yet"
    told = (
        f"{run_id!r} is the start of {len(found)} runs"
        if found
        else f"there is no run {run_id or ''}".rstrip()
    )
    raise RunNotFoundError(f"{told} of the workflow {name}", hint=f"newest runs: {known}")
