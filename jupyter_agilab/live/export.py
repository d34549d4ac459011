"""A program of tasks written as a workflow: contracts, modules, and the file that joins them.

The program is run once, here and now, and what it calls and maps is taken down. So all that it decides on the
way is decided as it was then; only maps over what a task gave follow that task's result in each run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.contract.dump import contract_text
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import NoPlaceError, OutputError, UsageError, WorkflowError
from jupyter_agilab.live.exported_stage import ExportedStage, exported_stages
from jupyter_agilab.live.places.current import active_place
from jupyter_agilab.live.recorder import Recorded, recording
from jupyter_agilab.workflow.dump import workflow_text
from jupyter_agilab.workflow.forms import is_name
from jupyter_agilab.workflow.load import check_text
from jupyter_agilab.workflow.model import Workflow
from jupyter_agilab.workflow.named import SUFFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenProgram:
    """What `export_program` wrote.

    Attributes
    ----------
    path
        The workflow's file.
    stages
        The names of its stages, in the order in which the program came to them.
    files
        All files, relative to the workflow's folder.
    result
        What the program returned.
    """

    path: Path
    stages: tuple[str, ...]
    files: tuple[str, ...]
    result: Any


def export_program(
    program: Callable[[], Any], folder: str | Path, name: str = "program", *, overwrite: bool = False
) -> WrittenProgram:
    """Run a program of tasks once, and write it as a workflow; blocks until the program is done.

    Each call and each map becomes a stage with a contract, a module, and, where it has values of its own, a
    file with its sets of parameters. A job among a map's arguments becomes an element-wise input, an array
    given as a whole the array's artifact, ``after`` a barrier, ``max_concurrent`` the stage's replicas, and
    what a task claims its stage's resources. A map over what one task gave follows that task's result.

    Parameters
    ----------
    program
        Called without arguments, at the active place, or at worker processes of this machine where none is.
    folder
        Where the files are put; made when needed.
    name
        The workflow's name.
    overwrite
        Replace files that are there.

    Raises
    ------
    WorkflowError
        Something cannot be said in a workflow's files: a lambda, a function that uses what no module can
        hold, a job deep inside another value, a value that is not JSON. All of it is told at once, and
        nothing is written.
    UsageError
        The program called no task, or the name is none that a workflow may have.
    OutputError
        Files are there already, or cannot be written.
    Exception
        What the program raised.
    """
    if not is_name(name):
        raise UsageError(f"a workflow cannot be named {name!r}", hint="letters, digits and underscores")
    home = Path(folder).absolute()
    records, result = _recorded(program)
    if not records:
        raise UsageError(
            "the program called no task", hint="call or map tasks in it, and wait for their results"
        )
    stages, findings = exported_stages(records, name, home)
    if findings:
        raise WorkflowError("the program cannot be written as a workflow", findings)
    files = _files(stages, name, home)
    there = [each for each in files if (home / each).exists()]
    if there and not overwrite:
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise OutputError(
            f"{', '.join(there[:3])}{more} in {home} would be overwritten",
            hint="say overwrite=True, or take another folder",
        )
    for path, text in files.items():
        try:
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(home / path, text.encode())
        except OSError as error:
            raise OutputError(f"{home / path} cannot be written: {error}") from error
    return WrittenProgram(
        path=home / f"{name}{SUFFIX}",
        stages=tuple(stage.name for stage in stages),
        files=tuple(files),
        result=result,
    )


def _recorded(program: Callable[[], Any]) -> tuple[list[Recorded], Any]:
    try:
        place = active_place("the program")
    except NoPlaceError:
        from jupyter_agilab.live.places.choose import use_pool

        with use_pool(), recording() as records:
            return records, program()
    with recording() as records:
        result = program()
    place.wait()
    return records, result


def _files(stages: list[ExportedStage], name: str, home: Path) -> dict[str, str]:
    """Give the text of each file, the workflow's last."""
    files: dict[str, str] = {}
    for stage in stages:
        files[stage.module_path] = stage.module_text
        if stage.sets is not None:
            files[stage.sets_path] = json.dumps(stage.sets, indent=1, ensure_ascii=False) + "\n"
        files[stage.contract_path] = contract_text(stage.contract, path=home / stage.contract_path)
    workflow = Workflow(name=name, stages={stage.name: stage.stage for stage in stages})
    path = f"{name}{SUFFIX}"
    files[path] = workflow_text(workflow, path=home / path)
    wrong = [
        found
        for found in errors_in(check_text(files[path], home / path).findings)
        # the contracts are about to be written
        if found.level != "environment" and found.code not in {"workflow.contract", "workflow.no-contract"}
    ]
    if wrong:
        raise WorkflowError("the program cannot be written as a workflow", wrong)
    return files
