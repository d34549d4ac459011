"""A stage's place in a workflow: what its cell's first line says, compared with the workflow's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast, get_args

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import UsageError, WorkflowError
from jupyter_agilab.workflow.joining import Joining, Joins, joining_of
from jupyter_agilab.workflow.model import Combine, Feed, Workflow, WorkflowStage

_HINT = "run the cell to take its value, or correct its first line"


def joins_of(words: Sequence[tuple[str, str]]) -> Joins:
    """Read what a line says of its stage's place; what cannot be meant is left out.

    Parameters
    ----------
    words
        The line's options, each with its value, in the order of the line.
    """
    last = dict(words)
    inputs = tuple(value for option, value in words if option == "--input")
    after = [value for option, value in words if option == "--after"]
    combine, replicas = last.get("--combine"), last.get("--replicas", "")
    return Joins(
        workflow=last.get("--workflow"),
        inputs=inputs or None,
        combine=cast("Combine", combine) if combine in get_args(Combine) else None,
        after=tuple(filter(None, map(str.strip, ",".join(after).split(",")))) if after else None,
        when=last.get("--when"),
        group=last.get("--group"),
        replicas=int(replicas) if replicas.isdecimal() else None,
    )


def against_place(name: str, joins: Joins, contract: Contract, folder: Path) -> Iterator[tuple[str, str]]:
    """Say where a cell's first line and the files differ in what feeds the stage: what is so, and what to do.

    Reads the contracts and workflows of `folder`, and runs nothing.
    """
    try:
        joining = joining_of(name, joins, folder)
    except UsageError as error:
        yield str(error), error.hint
        return
    except WorkflowError as error:
        yield str(error), "correct the workflow's file"
        return
    own = joining.own_input if joining is not None else (joins.inputs or (None,))[-1]
    if own is not None and own != contract.input:
        yield _differ("input", contract.input, "in the contract", own), _HINT
    if joining is None:
        return
    workflow = joining.file.workflow if joining.file is not None else None
    stage = workflow.stages.get(name) if workflow is not None else None
    if workflow is None or stage is None:
        missing = "does not have it" if workflow is not None else "is not there"
        yield f"the cell puts it into {joining.path.name}, which {missing}", "run the cell"
        return
    for key, has, said in _places(joins, joining, workflow, stage):
        if has != said:
            yield _differ(key, has, f"in {joining.path.name}", said), _HINT


def _places(
    joins: Joins, joining: Joining, workflow: Workflow, stage: WorkflowStage
) -> Iterator[tuple[str, str, str]]:
    """Give what the line says: each key, with what the workflow has and what the cell has."""
    cell = joining.stage
    if joins.inputs is not None:
        named = [bool(feed.parameter) for feed in cell.inputs]
        yield "input", _feeds(stage.inputs, named), _feeds(cell.inputs, named)
    for key in ("after", "when", "group", "combine"):
        if getattr(joins, key) is not None:
            yield key, _told(getattr(stage, key)), _told(getattr(cell, key))
    if joins.replicas is not None:
        group = workflow.groups.get(stage.group)
        yield "replicas", str(group.replicas if group is not None else stage.replicas), str(joins.replicas)


def _feeds(feeds: Sequence[Feed], named: Sequence[bool]) -> str:
    """Tell feeds as a line does, those with their parameters for which the cell says one."""
    told = []
    for place, feed in enumerate(feeds):
        stage = f"{feed.stage}.artifact" if feed.kind == "artifact" else feed.stage
        shows = place < len(named) and named[place] and feed.parameter
        told.append(f"{feed.parameter}={stage}" if shows else stage)
    return ", ".join(told)


def _told(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _differ(key: str, has: str, where: str, said: str) -> str:
    return f"{key} is {has!r} {where}, and {said!r} on the cell's first line"
