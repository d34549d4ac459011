"""Where the files of a workflow's run lie: ``.agilab/workflows/NAME/RUN_ID/`` beside the workflow's file.

The results are not there: each stage has a run directory of its own, where its runs always are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jupyter_agilab.errors import OutputError, RunNotFoundError
from jupyter_agilab.run.layout import HOME, RunDirectory, new_run_id
from jupyter_agilab.sealed_json import read_sealed, write_sealed

SCHEMA: Final = "agilab.workflow_run.v1"
FROZEN: Final = "workflow.json"


def workflow_home(folder: Path, name: str) -> Path:
    """Give the directory of a workflow's runs; it may not exist."""
    return folder / HOME / "workflows" / name


def make_workflow_home(folder: Path, name: str) -> Path:
    """Make the directory of a workflow's runs, which git ignores.

    Raises
    ------
    OutputError
        The workflow's folder is read-only or full.
    """
    home = workflow_home(folder, name)
    try:
        home.mkdir(parents=True, exist_ok=True)
        ignore = folder / HOME / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "utf-8")
    except OSError as error:
        raise _cannot_be_made(home, error) from error
    return home


def new_workflow_directory(folder: Path, name: str, run_id: str) -> RunDirectory:
    """Make a fresh directory for a workflow's run.

    Raises
    ------
    OutputError
        The workflow's folder is read-only or full.
    """
    home = make_workflow_home(folder, name)
    directory = RunDirectory(home / run_id)
    try:
        while True:
            try:
                directory.path.mkdir()
                return directory
            except FileExistsError:
                directory = RunDirectory(home / new_run_id())
    except OSError as error:
        raise _cannot_be_made(home, error) from error


def workflow_directories(folder: Path, name: str) -> list[RunDirectory]:
    """List a workflow's runs, newest first."""
    try:
        paths = [path for path in workflow_home(folder, name).iterdir() if path.name[0] != "."]
    except OSError:
        return []
    found = [RunDirectory(path) for path in paths if (path / "manifest.json").is_file()]
    return sorted(found, key=lambda run: run.run_id, reverse=True)


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


def read_workflow_manifest(run: RunDirectory) -> dict[str, Any] | None:
    """Read the manifest of a workflow's run; None where there is none, or one that is damaged or not ours."""
    try:
        value = read_sealed(run.manifest)
    except (OSError, ValueError):
        return None
    return value if value.get("schema") == SCHEMA and value.get("run_id") == run.run_id else None


def update_workflow_manifest(run: RunDirectory, changes: dict[str, Any]) -> None:
    """Change some fields, whole or not at all; only the driver does, once it runs.

    Raises
    ------
    OSError
        It cannot be written.
    """
    before = read_workflow_manifest(run) or {"schema": SCHEMA, "run_id": run.run_id, "workflow": run.stage}
    write_sealed(run.manifest, {**before, **changes})


def _cannot_be_made(home: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the run directory {home} cannot be made: {error.strerror or error}",
        hint="make the workflow's folder writable; a run keeps its journal there",
    )
