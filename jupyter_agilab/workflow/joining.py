"""A stage from a cell in its workflow: what the cell's line says, settled with the workflow's file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.load import read_contract
from jupyter_agilab.contract.named import CONTRACT_SUFFIX
from jupyter_agilab.diagnostics import Finding, did_you_mean, errors_in
from jupyter_agilab.errors import UsageError, WorkflowError
from jupyter_agilab.workflow.forms import feed_of, is_name
from jupyter_agilab.workflow.load import WorkflowFile, check_text, read_workflow
from jupyter_agilab.workflow.model import Combine, Feed, Workflow, WorkflowStage
from jupyter_agilab.workflow.named import SUFFIX

_INPUT = re.compile(
    r"(?:(?P<parameter>[A-Za-z_]\w*)=)?(?P<feed>(?P<stage>[A-Za-z_]\w*)(?:\.artifact)?)", re.ASCII
)
_USUAL_NAME = "workflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joins:
    """What a cell's line says of its stage's place in a workflow; None: not said, so that the file decides.

    Attributes
    ----------
    workflow
        The workflow's name.
    inputs
        The line's inputs as typed: ``build``, ``build.artifact``, ``x=build``, at most one that is no stage.
    combine, after, when, group
        As in the workflow's file; an empty text or nothing takes it back.
    replicas
        Of the group where the stage has one, else of the stage; 0 takes a stage's back, and no group has it.
    """

    workflow: str | None = None
    inputs: tuple[str, ...] | None = None
    combine: Combine | None = None
    after: tuple[str, ...] | None = None
    when: str | None = None
    group: str | None = None
    replicas: int | None = None

    @property
    def names_a_place(self) -> bool:
        """Whether it says anything that only a workflow has; inputs are not looked at."""
        said = (self.workflow, self.combine, self.after, self.when, self.group, self.replicas)
        return any(each is not None for each in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedStage:
    """A stage in its workflow, with nothing written yet.

    Attributes
    ----------
    path
        The workflow's file.
    workflow
        The workflow with this stage in it.
    stage
        The stage's place.
    before, text
        The file's text, None where there is no file, and what would be written.
    findings
        About the workflow as it would be.
    """

    path: Path
    workflow: Workflow
    stage: WorkflowStage
    before: str | None
    text: str
    findings: tuple[Finding, ...]

    @property
    def is_changed(self) -> bool:
        """Whether there is something to write."""
        return self.text != self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What is known of a stage's place before its cell is looked at.

    ``own_input`` is the line's input that is no stage, None without one. ``is_said``: it names inputs.
    """

    path: Path
    file: WorkflowFile | None
    stage: WorkflowStage
    replicas: int | None
    own_input: str | None
    is_said: bool

    @property
    def folder(self) -> Path:
        """The workflow's folder, which is the contract's."""
        return self.path.parent

    @property
    def elements(self) -> tuple[str, ...]:
        """The names by which the cell reads elements of other stages."""
        return tuple(feed.name for feed in self.stage.elements)

    @property
    def is_fed(self) -> bool:
        """Whether other stages give it its partitions, or the file that it splits."""
        return bool(self.stage.inputs)

    def artifact(self) -> str:
        """Give the file that it splits: what the stage that feeds it writes, relative to the folder.

        Raises
        ------
        UsageError
            That stage's contract cannot be read.
        """
        fed_by = self.stage.artifact_of
        known = self.file.workflow if self.file is not None else None
        other = known.stages.get(fed_by) if known is not None else None
        contract = other.contract if other is not None and other.contract else f"{fed_by}{CONTRACT_SUFFIX}"
        found = read_contract(self.folder / contract).contract
        if found is None:
            raise UsageError(
                f"the contract of {fed_by!r} cannot be read, so its artifact is not known",
                hint=f"see {contract}",
            )
        told = artifact_path(found, posixpath.basename(contract))
        return posixpath.normpath(posixpath.join(posixpath.dirname(contract), told))

    def joined(self, parameters: Mapping[str, str]) -> JoinedStage:
        """Put the stage into its workflow.

        Parameters
        ----------
        parameters
            What `elements` are passed as, where the cell's function has other names for them.

        Raises
        ------
        WorkflowError
            The workflow would be wrong because of this stage.
        """
        from jupyter_agilab.workflow.dump import workflow_text

        stage = replace(
            self.stage, inputs=tuple(_with_parameter(feed, parameters) for feed in self.stage.inputs)
        )
        before = self.file.workflow if self.file is not None else None
        workflow = _with_stage(before or Workflow(name=_name_of(self.path), stages={}), stage, self.replicas)
        text = workflow_text(workflow, self.file.text if self.file else None, path=self.path)
        checked = check_text(text, self.path)
        wrong = [
            each
            for each in errors_in(checked.findings)
            if (each.key or "").startswith(f"stages.{stage.name}.")
        ]
        if wrong:
            raise WorkflowError(f"{stage.name} cannot join the workflow {workflow.name} like this", wrong)
        return JoinedStage(
            path=self.path,
            workflow=workflow,
            stage=stage,
            before=self.file.text if self.file is not None else None,
            text=text,
            findings=tuple(replace(each, path=self.path.name) for each in checked.findings),
        )


def joining_of(name: str, joins: Joins, folder: Path, notebook: Path | None = None) -> Joining | None:
    """Find a stage's place; None where it is in no workflow, and nothing says that it should be.

    Parameters
    ----------
    name
        The stage's.
    folder
        The contract's, absolute: its workflow lies there too.
    notebook
        The notebook, after which a new workflow is named.

    Raises
    ------
    UsageError
        An input or another stage is not there, or is meant in more than one way.
    WorkflowError
        The workflow's file is there and cannot be read.
    """
    ours = _workflows_with(name, folder)
    words = joins.inputs or ()
    stages = _stages_here(folder) - {name}
    read = [_input(word, name, stages, folder) for word in words]
    feeds = tuple(each for each in read if isinstance(each, Feed))
    own = [each for each in read if isinstance(each, str)]
    if len(own) > 1:
        raise UsageError(
            f"only one --input can be a file or a grid, the others must be stages: {', '.join(own)}",
            hint=_known(stages, "there is no other stage yet"),
        )
    if feeds and own and is_name(own[0]) and not (folder / own[0]).exists():
        # a grid is a file with an ending: a stage was meant
        raise no_such_input(own[0], name, folder)
    if not (joins.names_a_place or feeds or ours):
        return None
    path = _path(name, joins, folder, notebook, ours)
    file = read_workflow(path) if path.exists() else None
    if file is not None and file.workflow is None:
        raise WorkflowError(f"{path.name} is there and cannot be read, so it is left as it is", file.findings)
    before = file.workflow.stages.get(name) if file is not None and file.workflow is not None else None
    stage = before or WorkflowStage(name=name, contract=f"{name}{CONTRACT_SUFFIX}")
    said: dict[str, Any] = {
        key: getattr(joins, key)
        for key in ("combine", "after", "when", "group")
        if getattr(joins, key) is not None
    }
    if joins.inputs is not None:
        said["inputs"] = feeds
        if sum(feed.kind == "elements" for feed in feeds) < 2:
            said["combine"] = "zip"
    for other in said.get("after", ()):
        if other not in stages:
            raise _no_such_stage("--after", other, name, stages)
    for key in ("when", "group"):
        if said.get(key) and not is_name(said[key]):
            raise UsageError(f"--{key} takes a name of letters, digits, _ and -; got {said[key]!r}")
    stage = replace(stage, **said)
    if stage.group and joins.replicas is not None and joins.replicas < 1:
        raise UsageError(
            f"--replicas of the group {stage.group} must be a positive integer; it is {joins.replicas}",
            hint=f"without it the group keeps what {path.name} says, or has one",
        )
    if stage.group:
        stage = replace(stage, replicas=0)
    elif joins.replicas is not None:
        stage = replace(stage, replicas=joins.replicas)
    return Joining(
        path=path,
        file=file,
        stage=stage,
        replicas=joins.replicas,
        own_input=own[0] if own else None,
        is_said=joins.inputs is not None,
    )


def _input(word: str, name: str, stages: Collection[str], folder: Path) -> Feed | str:
    """Read one input of a line: a stage, or a text that is the contract's own input."""
    found = _INPUT.fullmatch(word)
    if found is None:
        return word
    stage = found["stage"]
    is_plain = found["feed"] == word
    is_file = (folder / word).exists()
    if stage in stages:
        if is_file and is_plain:
            raise UsageError(
                f"--input {word} may be the stage or the file of that name",
                hint=f"write ./{word} for the file",
            )
        parameter = found["parameter"] or ""
        return feed_of(found["feed"], "" if parameter == stage else parameter)
    if is_file:
        return word
    if word != stage or stage == name or did_you_mean(stage, stages):
        raise _no_such_stage("--input", stage, name, stages)
    return word


def no_such_input(word: str, name: str, folder: Path) -> UsageError:
    """Say that what a line names as an input is not there: no file, and no stage where it could be one."""
    if not is_name(word):
        hint = "where it is made later, --split says what a partition is"
        return UsageError(f"--input {word}: there is no such file here", hint=hint)
    stages = _stages_here(folder) - {name}
    return UsageError(
        f"--input {word}: there is neither a file nor a stage of that name here",
        hint=did_you_mean(word, stages) or _known(stages, "there is no other stage yet"),
    )


def _no_such_stage(flag: str, other: str, name: str, stages: Collection[str]) -> UsageError:
    if other == name:
        return UsageError(f"{flag} {other}: a stage cannot wait for itself")
    return UsageError(
        f"{flag} {other}: there is no stage {other!r} here",
        hint=did_you_mean(other, stages) or _known(stages, "run its %%parallel_stage cell first"),
    )


def _known(stages: Collection[str], without: str) -> str:
    """Name the stages that could have been meant; `without` where there is none."""
    return f"the stages here are {', '.join(sorted(stages))}" if stages else without


def _stages_here(folder: Path) -> set[str]:
    return {path.name.removesuffix(CONTRACT_SUFFIX) for path in folder.glob(f"*{CONTRACT_SUFFIX}")}


def _workflows_with(name: str, folder: Path) -> list[Path]:
    """Give the workflows of a folder that have a stage whose contract is the cell's."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        workflow = read_workflow(path).workflow
        stage = workflow.stages.get(name) if workflow is not None else None
        if stage is not None and stage.contract == f"{name}{CONTRACT_SUFFIX}":
            found.append(path)
    return found


def _path(name: str, joins: Joins, folder: Path, notebook: Path | None, ours: Sequence[Path]) -> Path:
    """Give the file: as said, else the one that has the stage, else the notebook's, else the only one."""
    if joins.workflow is not None:
        told = joins.workflow.removesuffix(SUFFIX)
        if not is_name(told):
            raise UsageError(f"--workflow takes a name of letters, digits, _ and -; got {joins.workflow!r}")
        return folder / f"{told}{SUFFIX}"
    if len(ours) > 1:
        names = ", ".join(path.name.removesuffix(SUFFIX) for path in ours)
        raise UsageError(f"{name!r} is in several workflows: {names}", hint="say which one: --workflow NAME")
    if ours:
        return ours[0]
    if notebook is not None and (own := name_of_notebook(notebook)):
        return folder / f"{own}{SUFFIX}"
    there = sorted(folder.glob(f"*{SUFFIX}"))
    return there[0] if len(there) == 1 else folder / f"{_USUAL_NAME}{SUFFIX}"


def name_of_notebook(notebook: Path) -> str:
    """Give the name of the workflow that a notebook's cells make; empty where its own gives none."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", notebook.stem).strip("_")
    return name if is_name(name) else ""


def _name_of(path: Path) -> str:
    return path.name.removesuffix(SUFFIX)


def _with_parameter(feed: Feed, parameters: Mapping[str, str]) -> Feed:
    parameter = parameters.get(feed.name, feed.parameter) if feed.kind == "elements" else feed.parameter
    return replace(feed, parameter="" if parameter == feed.stage else parameter)


def _with_stage(workflow: Workflow, stage: WorkflowStage, replicas: int | None) -> Workflow:
    """Give a workflow with a stage in it, and with those that it needs and the file does not have yet."""
    stages = dict(workflow.stages)
    for other in stage.needs:
        stages.setdefault(other, WorkflowStage(name=other, contract=f"{other}{CONTRACT_SUFFIX}"))
    stages[stage.name] = stage
    if any(each.group for each in stages.values()):
        # where some stages have a group, the file says of the others that they have none
        stages = {name: replace(each, is_ungrouped=not each.group) for name, each in stages.items()}
    groups = dict(workflow.groups)
    if stage.group and replicas is not None:
        groups[stage.group] = replace(workflow.group_of(stage.group), replicas=replicas)
    flags = dict(workflow.flags)
    if stage.when:
        flags.setdefault(stage.when, False)
    return replace(workflow, stages=stages, groups=groups, flags=flags)
