"""Which run of a workflow a request means."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.errors import RunNotFoundError, WorkflowError
from jupyter_agilab.run.layout import RunDirectory, workflow_directories, workflow_home
from jupyter_agilab.server.runs.named import checked_name
from jupyter_agilab.workflow.load import read_workflow


def name_in(path: Path) -> str:
    """Give the name that stands in a workflow's file, be the rest of it right or wrong.

    Raises
    ------
    WorkflowError
        It has none.
    UsageError
        It cannot be a name.
    """
    file = read_workflow(path)
    name = file.workflow.name if file.workflow is not None else file.data.get("name")
    if not isinstance(name, str) or not name:
        raise WorkflowError(f"{path.name} cannot be used", file.findings)
    return checked_name(name, "workflow")


def runs_of(path: Path) -> list[RunDirectory]:
    """List the runs of a workflow, newest first.

    Raises
    ------
    WorkflowError, UsageError
        As `name_in`.
    """
    return workflow_directories(path.parent.resolve(), name_in(path))


def run_of(path: Path, run_id: str) -> RunDirectory:
    """Find a run of a workflow.

    Raises
    ------
    RunNotFoundError
        There is none of that id.
    WorkflowError, UsageError
        As `name_in`; also where it cannot be an id.
    """
    name = name_in(path)
    found = RunDirectory(workflow_home(path.parent.resolve(), name) / checked_name(run_id, "run"))
    if not found.manifest.is_file():
        raise RunNotFoundError(f"there is no run {run_id!r} of the workflow {name!r}")
    return found
