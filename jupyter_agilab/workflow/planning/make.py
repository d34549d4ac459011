"""Make the plan of a workflow; nothing of the user's is imported or run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from jupyter_agilab.contract.load import ContractFile
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, did_you_mean, errors_in
from jupyter_agilab.errors import FindingsError, PlanError, UsageError, WorkflowError
from jupyter_agilab.planning.arithmetic import requested_workers
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.workflow.elements import Fed
from jupyter_agilab.workflow.graph import in_order, stages_on
from jupyter_agilab.workflow.load import WorkflowFile
from jupyter_agilab.workflow.model import Claims, Workflow, WorkflowStage
from jupyter_agilab.workflow.plan import StagePlan, WorkflowPlan, claims_json
from jupyter_agilab.workflow.planning.claims import Room, claims_of, unsatisfied
from jupyter_agilab.workflow.planning.contracts import placed_in, read_contracts
from jupyter_agilab.workflow.planning.elements import elements_plan
from jupyter_agilab.workflow.planning.stage_keys import stage_key_of


def make_workflow_plan(
    file: WorkflowFile,
    *,
    flags: Iterable[str] = (),
    workers: int | None = None,
    cores: int | None = None,
    room: Room | None = None,
) -> WorkflowPlan:
    """Decide the partitions of all stages, as far as they are known before anything runs.

    Parameters
    ----------
    file
        The workflow as it was read.
    flags
        Flags that this run switches on.
    workers, cores
        What to plan for, in place of what the workflow says and what this machine has.
    room
        What one worker of the place has at most; claims beyond it are errors among the findings.

    Raises
    ------
    WorkflowError
        The workflow or one of its contracts has errors; all of them are told.
    UsageError
        There is no such flag.

    Returns
    -------
    WorkflowPlan
        An input that cannot be read, or that matches nothing, is an error among its findings.
    """
    workflow = file.workflow
    if workflow is None:
        raise _unusable(file, file.findings)
    contracts = read_contracts(file, workflow)
    known = (*file.findings, *contracts.findings)
    if errors_in(known):
        raise _unusable(file, file.sorted(known))
    said = flags_of(workflow, flags)
    on = stages_on(workflow, said)
    wanted = requested_workers(workers if workers is not None else workflow.workers, cores)
    maker = _Maker(workflow, file.folder, contracts.files, wanted, cores)
    made: dict[str, StagePlan] = {}
    for name in in_order(workflow):
        made[name] = maker.stage_plan(workflow.stages[name], made, is_on=name in on)
    findings = [*known, *file.located(maker.findings)]
    if room is not None:
        findings += file.located(refused_claims(workflow, made.values(), room))
    return WorkflowPlan(
        workflow=workflow,
        path=file.path.absolute(),
        stages=tuple(made.values()),
        flags=said,
        workers=wanted,
        findings=tuple(dict.fromkeys(findings)),
    )


def _unusable(file: WorkflowFile, findings: Iterable[Finding]) -> WorkflowError:
    return WorkflowError(f"{file.path.name or file.path} cannot be used", findings)


def flags_of(workflow: Workflow, given: Iterable[str]) -> dict[str, bool]:
    """Give what holds for each flag in a run that switches the given ones on, and off what is ``no-FLAG``.

    Raises
    ------
    UsageError
        There is no such flag.
    """
    said = dict(workflow.flags)
    for flag in given:
        without = flag.removeprefix("no-")
        if flag not in said and without in said:
            said[without] = False
            continue
        if flag not in said:
            known = ", ".join(said) or "none"
            raise UsageError(
                f"the workflow {workflow.name} has no flag {flag!r}",
                hint=did_you_mean(flag, said) or f"its flags are: {known}",
            )
        said[flag] = True
    return said


def refused_claims(workflow: Workflow, stages: Iterable[StagePlan], room: Room) -> list[Finding]:
    """Say which claims of stages that are on, and of their groups, no worker of a place can meet."""
    found: list[Finding] = []
    told: set[str] = set()
    for each in stages:
        if not each.is_on:
            continue
        own = each.stage.claims
        key = f"stages.{each.name}.resources"
        found += unsatisfied(f"a partition of {each.name}", own, room, key)
        from_contract = claims_of(workflow, replace(each.stage, claims=Claims(), group=""), each.contract)
        if each.stage.group and each.stage.group not in told:
            told.add(each.stage.group)
            group = workflow.group_of(each.stage.group)
            found += unsatisfied(
                f"the group {group.name}", group.claims, room, f"groups.{group.name}.resources"
            )
        for finding in unsatisfied(f"a partition of {each.name}", from_contract, room, "resources"):
            # what the stage or its group says takes the place of what the contract says
            name = (finding.key or "").rpartition(".")[2]
            if claims_json(each.claims).get(name) == claims_json(from_contract).get(name):
                found += each.file.located([finding])
    return found


def plan_now(plan: WorkflowPlan, name: str) -> StagePlan:
    """Plan a stage again now that the artifact which feeds it is there, or that what feeds it is planned.

    Parameters
    ----------
    plan
        With the final plans of all stages that it depends on.

    Raises
    ------
    PlanError
        It cannot be planned; also where the plan that comes out has errors.
    """
    stage = plan.stage(name)
    made = {each.name: each for each in plan.stages}
    maker = _Maker(plan.workflow, plan.path.parent, {name: stage.file}, plan.workers, None)
    planned = maker.stage_plan(stage.stage, made, is_on=True, is_there=True)
    if planned.plan is None or errors_in(maker.findings):
        raise PlanError(f"{name} cannot be planned", maker.findings)
    return planned


def artifact_contract(stage: WorkflowStage, contract: Contract, folder: Path, artifact: Path) -> Contract:
    """Give the contract of a stage with another stage's artifact as its input.

    The artifact is told by its content: each run writes it anew, mostly with the same bytes.
    """
    table = contract.partition
    if contract.split != "parameter-sweep":
        table = replace(table, fingerprint="content")
    # an artifact on another drive has no relative path, and need not
    try:
        told = Path(os.path.relpath(artifact, folder)).as_posix()
    except ValueError:
        told = artifact.as_posix()
    return replace(contract, input=told, partition=table)


class _Maker:
    def __init__(
        self,
        workflow: Workflow,
        folder: Path,
        files: Mapping[str, ContractFile],
        workers: int,
        cores: int | None,
    ) -> None:
        self._workflow, self._folder, self._files = workflow, folder, files
        self._workers, self._cores = workers, cores
        self.findings: list[Finding] = []

    def stage_plan(
        self, stage: WorkflowStage, made: Mapping[str, StagePlan], *, is_on: bool, is_there: bool = False
    ) -> StagePlan:
        """Plan one stage, after all that it depends on; `is_there`: its artifact is the one of this run."""
        file = self._files[stage.name]
        contract = file.contract
        assert contract is not None
        if stage.artifact_of:
            source = made[stage.artifact_of]
            contract = artifact_contract(stage, contract, file.folder.resolve(), source.artifact)
        claims = claims_of(self._workflow, stage, contract)
        planned = StagePlan(stage=stage, file=file, contract=contract, is_on=is_on, plan=None, claims=claims)
        if not is_on:
            return planned
        key = ""
        try:
            key = stage_key_of(self._workflow, self._folder, stage, contract, file.folder)
        except FindingsError as error:
            self.findings += placed_in(file, error.findings)
        plan, later = None, ""
        try:
            plan, later = self._plan(planned, made, is_there=is_there)
        except FindingsError as error:
            self.findings += placed_in(file, error.findings)
        if plan is not None:
            # remarks about the numbers are for a stage that has all workers for itself
            told = [finding for finding in plan.findings if finding.severity != "info"]
            self.findings += placed_in(file, told)
        return replace(planned, plan=plan, later=later, stage_key=key)

    def _plan(
        self, planned: StagePlan, made: Mapping[str, StagePlan], *, is_there: bool
    ) -> tuple[Plan | None, str]:
        stage, contract, folder = planned.stage, planned.contract, planned.folder
        if stage.artifact_of and not is_there:
            source = made[stage.artifact_of]
            told = f"planned when {source.name} has written {source.artifact.name}"
            if not source.artifact.is_file():
                return None, told
            try:
                return self._made(contract, folder), f"as of the {source.artifact.name} that is there; {told}"
            except PlanError:
                # what an earlier run wrote is no reason to refuse this one
                return None, told
        if stage.elements:
            sources = [made[feed.stage] for feed in stage.elements]
            late = next((each for each in sources if not each.is_final), None)
            later = f"planned when {late.name} is" if late is not None else ""
            if any(each.plan is None or not each.stage_key for each in sources):
                return None, later
            inputs = [
                Fed(feed.name, feed.stage, each.plan.partitions, each.stage_key)
                for feed, each in zip(stage.elements, sources, strict=True)
                if each.plan is not None
            ]
            return (
                elements_plan(stage, contract, folder, inputs, workers=self._workers, cores=self._cores),
                later,
            )
        return self._made(contract, folder), ""

    def _made(self, contract: Contract, folder: Path) -> Plan:
        return make_plan(contract, folder, cores=self._cores, workers=self._workers)


def require_runnable(plan: WorkflowPlan) -> None:
    """Raise `PlanError` with all errors of a plan that has some."""
    if not plan.ok:
        raise PlanError(f"the workflow {plan.workflow.name} cannot run as planned", plan.findings)
