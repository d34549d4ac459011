"""A workflow put together in code: the same stages, groups and flags that a file says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from jupyter_agilab.errors import UsageError
from jupyter_agilab.workflow.aliases import claims_from
from jupyter_agilab.workflow.dump import workflow_text, write_workflow
from jupyter_agilab.workflow.forms import FORMS, feeds_of
from jupyter_agilab.workflow.keys import misfits
from jupyter_agilab.workflow.load import WorkflowFile, check_text
from jupyter_agilab.workflow.model import Claims, Combine, Group, Workflow, WorkflowStage
from jupyter_agilab.workflow.named import SUFFIX

_Function = TypeVar("_Function", bound=Callable[..., Any])
Input = str | Sequence[str | Mapping[str, str]] | Mapping[str, str]


class StageName(str):
    """The name of a stage that was added: what others are given as ``input`` or ``after``."""

    __slots__ = ()

    @property
    def artifact(self) -> str:
        """What to give as ``input`` where a stage splits the file that this one writes."""
        return f"{self}.artifact"


class WorkflowBuilder:
    """Collects stages, groups and flags; nothing is read, checked or run before it is asked for.

    Parameters
    ----------
    name
        The workflow's name.
    folder
        What the paths of contracts are relative to, and where `write` puts the file by default.
    flags
        Names that switch stages on, and whether they are on when nobody says otherwise; names alone are off.
    backend, cluster, workers, on_failure, notes
        As in the file, see `jupyter_agilab.workflow.model.Workflow`.
    """

    def __init__(
        self,
        name: str,
        *,
        folder: str | Path = ".",
        flags: Mapping[str, bool] | Sequence[str] = (),
        backend: str = "",
        cluster: str = "",
        workers: int | Literal["auto"] = "auto",
        on_failure: Literal["finish", "stop"] = "finish",
        notes: str = "",
    ) -> None:
        self.folder = Path(folder)
        self.functions: dict[str, Callable[..., Any]] = {}
        """The functions of the stages that were given as such."""
        said = flags if isinstance(flags, Mapping) else dict.fromkeys(flags, False)
        self._model = Workflow(
            name=name,
            stages={},
            flags=dict(said),
            backend=backend,
            cluster=cluster,
            workers=workers,
            on_failure=on_failure,
            notes=notes,
        )

    def __repr__(self) -> str:
        return f"<Workflow {self._model.name!r}: {', '.join(self._model.stages) or 'no stages'}>"

    @property
    def model(self) -> Workflow:
        """What was collected so far."""
        return self._model

    @overload
    def stage(
        self,
        name: str,
        contract: str | Path | Callable[..., Any],
        *,
        input: Input = ...,  # the file's own word
        combine: Combine = ...,
        after: str | Sequence[str] = ...,
        when: str = ...,
        group: str | None = ...,
        replicas: int = ...,
        resources: Mapping[str, Any] | Claims | None = ...,
    ) -> StageName: ...

    @overload
    def stage(
        self,
        name: str,
        contract: None = None,
        *,
        input: Input = ...,  # the file's own word
        combine: Combine = ...,
        after: str | Sequence[str] = ...,
        when: str = ...,
        group: str | None = ...,
        replicas: int = ...,
        resources: Mapping[str, Any] | Claims | None = ...,
    ) -> Callable[[_Function], _Function]: ...

    def stage(
        self,
        name: str,
        contract: str | Path | Callable[..., Any] | None = None,
        *,
        input: Input = (),  # noqa: A002  # the file's own word
        combine: Combine = "zip",
        after: str | Sequence[str] = (),
        when: str = "",
        group: str | None = None,
        replicas: int = 0,
        resources: Mapping[str, Any] | Claims | None = None,
    ) -> StageName | Callable[[_Function], _Function]:
        """Add a stage; without a contract or a function this is a decorator of the function.

        Parameters
        ----------
        name
            Its name in the workflow.
        contract
            The path of its contract, or a function. A stage that is a function can be run for jobs (see
            `jupyter_agilab.live.jobs`) and has no partitions of its own: it cannot be planned or written.
        input
            ``"stage"``, ``"stage.artifact"``, a sequence of such, or a mapping of parameters to such.
        combine
            How elements of several inputs are joined.
        after
            Stages that must have ended well before it starts.
        when
            The flag that switches it on.
        group
            Its group; an empty text says that any worker may do it though other stages have groups.
        replicas
            How many of its partitions may run at once; 0: as many as workers do.
        resources
            What one partition claims, by our names (``cpus``, ``gpus``, ``memory``, ``walltime``) or
            SLURM's and Ray's (``cpus_per_task``, ``mem``, ``time``, ``num_gpus``); every other name is a
            named resource.

        Returns
        -------
        StageName
            The name, for others to be fed by.

        Raises
        ------
        UsageError
            There is a stage of that name, or a value is not what its key takes.
        """
        if contract is None:

            def decorate(function: _Function) -> _Function:
                self._add(name, function, input, combine, after, when, group, replicas, resources)
                return function

            return decorate
        self._add(name, contract, input, combine, after, when, group, replicas, resources)
        return StageName(name)

    def group(
        self,
        name: str,
        *,
        replicas: int = 1,
        resources: Mapping[str, Any] | Claims | None = None,
        setup: str = "",
        teardown: str = "",
    ) -> None:
        """Declare a group; one that stages only name has the defaults.

        Parameters
        ----------
        replicas
            So many processes of it work at the same time.
        resources
            What one replica claims, as of `stage`.
        setup, teardown
            Functions, written as ``stages/g1.py:setup``, called once in each replica's process.

        Raises
        ------
        UsageError
            There is a group of that name, or a value is not what its key takes.
        """
        if name in self._model.groups:
            raise UsageError(f"the workflow {self._model.name} has a group {name!r} already")
        group = Group(
            name=name, replicas=replicas, claims=claims_from(resources), setup=setup, teardown=teardown
        )
        _refuse_misfits("groups", group)
        self._model = replace(self._model, groups={**self._model.groups, name: group})

    @property
    def path(self) -> Path:
        """Where `write` puts the file by default."""
        return self.folder / f"{self._model.name}{SUFFIX}"

    def text(self, path: str | Path | None = None) -> str:
        """Give the text of the file that says the same.

        Raises
        ------
        WorkflowError
            A value is not what its key takes.
        UsageError
            A stage is a function.
        """
        self._refuse_functions("written")
        return workflow_text(self._model, path=Path(path) if path is not None else self.path)

    def file(self) -> WorkflowFile:
        """Give what reading that file would give; nothing is written.

        Raises
        ------
        WorkflowError, UsageError
            As `text`.
        """
        return check_text(self.text(), self.path)

    def write(self, path: str | Path | None = None) -> Path:
        """Write the file that says the same, or change the one that is there; gives its path.

        Contracts are relative to `folder`, so the file belongs there.

        Raises
        ------
        WorkflowError, UsageError
            As `text`; also where the file that is there cannot be read.
        OutputError
            It cannot be written.
        """
        self._refuse_functions("written")
        target = Path(path) if path is not None else self.path
        if target.resolve().parent != self.folder.resolve():
            raise UsageError(
                f"{target} is not in {self.folder.resolve()}, which the paths of contracts are relative to",
                hint="make the workflow with the folder of the file: Workflow(NAME, folder=FOLDER)",
            )
        write_workflow(target, self._model)
        return target

    def _refuse_functions(self, what: str) -> None:
        if self.functions:
            names = ", ".join(self.functions)
            raise UsageError(
                f"a workflow with stages that are functions cannot be {what}: {names}",
                hint="give each a contract, which says what its partitions are; functions are run for jobs",
            )

    def _add(
        self,
        name: str,
        contract: str | Path | Callable[..., Any],
        input: Input,  # noqa: A002  # the file's own word
        combine: Combine,
        after: str | Sequence[str],
        when: str,
        group: str | None,
        replicas: int,
        resources: Mapping[str, Any] | Claims | None,
    ) -> None:
        if name in self._model.stages:
            raise UsageError(f"the workflow {self._model.name} has a stage {name!r} already")
        given: Any = input if isinstance(input, str | Mapping) else list(input)
        kind = FORMS["inputs"]
        if not kind.passes(given):
            raise UsageError(f"the input of {name} {kind.rule}; it is {input!r}")
        is_function = callable(contract)
        stage = WorkflowStage(
            name=name,
            contract="" if is_function else Path(str(contract)).as_posix(),
            inputs=feeds_of(given),
            combine=combine,
            after=(after,) if isinstance(after, str) else tuple(after),
            when=when,
            group=group or "",
            replicas=replicas,
            claims=claims_from(resources),
            is_ungrouped=group == "",
        )
        _refuse_misfits("stages", stage)
        if callable(contract):
            self.functions[name] = contract
        self._model = replace(self._model, stages={**self._model.stages, name: stage})


def _refuse_misfits(section: Literal["stages", "groups"], part: WorkflowStage | Group) -> None:
    what = section.removesuffix("s")
    wrong = (*misfits(section, part), *misfits("resources", part.claims))
    if wrong:
        raise UsageError("; ".join(f"the {key} of the {what} {part.name} {told}" for key, told in wrong))
