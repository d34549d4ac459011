"""A workflow with its functions, checked and arranged for jobs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.errors import WorkflowError
from jupyter_agilab.live.taking import Taking, taking_of
from jupyter_agilab.workflow.amounts import parse_memory, parse_walltime
from jupyter_agilab.workflow.functions import wrong_amounts
from jupyter_agilab.workflow.graph import cycles, descendants, in_order, stages_on
from jupyter_agilab.workflow.model import Claims, Workflow, WorkflowStage


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangedStage:
    """One stage: ``needs`` are those of its stages that are on; ``fed`` those whose results it takes."""

    name: str
    group: str
    replicas: int
    function: Callable[..., Any]
    needs: tuple[str, ...]
    taking: Taking
    claims: Mapping[str, float]
    time_limit_s: float | None
    is_aggregate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Stages that are done one after another for a job: those of a group, or a stage that has none.

    ``replicas`` 0: as many at once as there are jobs.
    """

    name: str
    group: str
    replicas: int
    stages: tuple[ArrangedStage, ...]

    @property
    def claims(self) -> dict[str, float]:
        """The most that any of its stages claims, of each kind."""
        most: dict[str, float] = {}
        for stage in self.stages:
            for name, amount in stage.claims.items():
                most[name] = max(most.get(name, 0.0), amount)
        return most


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """What `Jobs` works with: units of ``run``, units of ``process``, and exposed names to stages."""

    units: tuple[Unit, ...]
    later: tuple[Unit, ...]
    exposed: Mapping[str, str]

    @property
    def stages(self) -> dict[str, ArrangedStage]:
        """All stages that are on, by name."""
        return {stage.name: stage for unit in (*self.units, *self.later) for stage in unit.stages}


def arranged(
    workflow: Workflow,
    functions: Mapping[str, Callable[..., Any]],
    *,
    expose: Sequence[str] | Mapping[str, str] | None,
    shared: Mapping[str, Any],
    context: Any,
    aggregates: Collection[str],
    flags: Iterable[str],
) -> Arranged:
    """Check a workflow and arrange it.

    Raises
    ------
    WorkflowError
        It cannot run as it stands; all that is wrong is told at once.
    """
    on = stages_on(workflow, dict.fromkeys(flags, True))
    amounts = list(wrong_amounts(workflow))
    wrong = [*amounts, *_wrong_with(workflow, functions, aggregates)]
    if amounts:
        # units are made of them
        raise WorkflowError(f"the workflow {workflow.name!r} cannot run as it stands", wrong)
    exposed = _exposed(workflow, on, expose, aggregates, wrong)
    late = (set(aggregates) | descendants(workflow, aggregates)) & on
    stages: dict[str, ArrangedStage] = {}
    for name in in_order(workflow):
        if name not in on or name not in functions:
            continue
        stage = workflow.stages[name]
        if not callable(functions[name]):
            wrong.append(
                _finding("workflow.function", name, f"its function is a {type(functions[name]).__name__}")
            )
            continue
        taking = taking_of(stage, functions[name], shared=shared, context=context)
        wrong += (
            _finding(
                "workflow.parameter",
                name,
                f"its function has no parameter for the results of {lost}",
                f"name one {lost}, or write after = [{lost!r}] where only the order matters",
            )
            for lost in taking.lost
        )
        if name in late and name not in aggregates:
            early = [need for need in stage.needs if need in on and need not in late]
            if early:
                wrong.append(
                    _finding(
                        "workflow.aggregate",
                        name,
                        f"it depends on {', '.join(early)}, which every job does, and on an aggregate, "
                        "which only process() does",
                    )
                )
        stages[name] = _stage(workflow, stage, functions[name], taking, on, is_aggregate=name in aggregates)
    if wrong:
        raise WorkflowError(f"the workflow {workflow.name!r} cannot run as it stands", wrong)
    return Arranged(
        units=_units(workflow, [each for each in stages.values() if each.name not in late]),
        later=_units(workflow, [each for each in stages.values() if each.name in late]),
        exposed=exposed,
    )


def _wrong_with(
    workflow: Workflow, functions: Mapping[str, Any], aggregates: Collection[str]
) -> Iterable[Finding]:
    if not workflow.stages:
        yield Finding(code="workflow.empty", message="the workflow has no stages", level="meaning")
    for path in cycles(workflow):
        yield _finding("workflow.cycle", path[0], f"the graph has a cycle: {'->'.join(path)}")
    for stage in workflow.stages.values():
        for need in stage.needs:
            if need not in workflow.stages:
                hint = did_you_mean(need, tuple(workflow.stages))
                yield _finding(
                    "workflow.unknown-stage", stage.name, f"it depends on {need!r}, which is no stage", hint
                )
        if stage.name not in functions:
            yield _finding("workflow.function", stage.name, "it has no function")
    used = {stage.group for stage in workflow.stages.values()}
    for group in workflow.groups:
        if group not in used:
            yield Finding(
                code="workflow.empty-group",
                message=f"no stage is in the group {group!r}",
                level="meaning",
                key=f"groups.{group}",
            )
    for name in aggregates:
        if name not in workflow.stages:
            yield _finding("workflow.unknown-stage", name, "it is an aggregate, and no stage")


def _exposed(
    workflow: Workflow,
    on: Collection[str],
    expose: Sequence[str] | Mapping[str, str] | None,
    aggregates: Collection[str],
    wrong: list[Finding],
) -> dict[str, str]:
    if expose is None:
        late = set(aggregates) | descendants(workflow, aggregates)
        needed = {
            need
            for stage in workflow.stages.values()
            if stage.name in on
            for need in stage.needs
            # what feeds an aggregate ends a job
            if stage.name not in aggregates or need in late
        }
        return {name: name for name in workflow.stages if name in on and name not in needed}
    if isinstance(expose, str):
        expose = [expose]
    twice = (
        []
        if isinstance(expose, Mapping)
        else sorted({name for name in expose if list(expose).count(name) > 1})
    )
    for name in twice:
        wrong.append(_finding("workflow.exposed", name, "it is exposed twice"))
    exposed = dict(expose) if isinstance(expose, Mapping) else {name: name for name in expose}
    for name, stage in exposed.items():
        if stage not in workflow.stages:
            hint = did_you_mean(stage, tuple(workflow.stages))
            wrong.append(
                _finding("workflow.unknown-stage", stage, f"it is exposed as {name!r}, and no stage", hint)
            )
    return {name: stage for name, stage in exposed.items() if stage in on}


def _stage(
    workflow: Workflow,
    stage: WorkflowStage,
    function: Callable[..., Any],
    taking: Taking,
    on: Collection[str],
    *,
    is_aggregate: bool,
) -> ArrangedStage:
    group = workflow.groups.get(stage.group)
    claims = {**amounts_of(group.claims if group else Claims()), **amounts_of(stage.claims)}
    walltime = stage.claims.walltime or (group.claims.walltime if group else None)
    return ArrangedStage(
        name=stage.name,
        group=stage.group,
        replicas=stage.replicas,
        function=function,
        needs=tuple(need for need in stage.needs if need in on),
        taking=taking,
        claims=claims,
        time_limit_s=float(parse_walltime(walltime)) if walltime else None,
        is_aggregate=is_aggregate,
    )


def amounts_of(claims: Claims) -> dict[str, float]:
    """Give what is claimed by name, memory in bytes; nothing for what is not claimed."""
    told: dict[str, float | None] = {
        "cpus": claims.cpus,
        "gpus": claims.gpus,
        "memory": parse_memory(claims.memory) if claims.memory else None,
        **claims.named,
    }
    return {name: float(amount) for name, amount in told.items() if amount}


def _units(workflow: Workflow, stages: Sequence[ArrangedStage]) -> tuple[Unit, ...]:
    """Put stages of a group together; `stages` are in an order in which they can be done."""
    members: dict[tuple[str, str], list[ArrangedStage]] = {}
    for stage in stages:
        members.setdefault(("", stage.group) if stage.group else (stage.name, ""), []).append(stage)
    units = []
    for (name, group), held in members.items():
        declared = workflow.groups.get(group)
        replicas = (declared.replicas if declared else 1) if group else held[0].replicas
        units.append(Unit(name=group or name, group=group, replicas=replicas, stages=tuple(held)))
    return tuple(units)


def _finding(code: str, stage: str, message: str, hint: str = "") -> Finding:
    return Finding(
        code=code, message=f"{stage}: {message}", level="meaning", key=f"stages.{stage}", hint=hint
    )
