"""Why each partition of a workflow will run again, or will not; nothing is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from jupyter_agilab.errors import FindingsError, PlanError
from jupyter_agilab.run.artifact import run_that_wrote
from jupyter_agilab.run.code import freeze_reducer
from jupyter_agilab.run.explain import explain_partitions
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.past import PastRun
from jupyter_agilab.run.reasons import Explanation
from jupyter_agilab.run.resume_key import resume_keys, trial_key
from jupyter_agilab.workflow.plan import StagePlan, WorkflowPlan
from jupyter_agilab.workflow.planning.make import plan_now, require_runnable
from jupyter_agilab.workflow.planning.stage_keys import stage_record_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StageExplanation:
    """What a run of now would do of one stage.

    Attributes
    ----------
    name
        The stage's name in the workflow.
    is_on
        Whether the run does it.
    explanation
        A reason for each partition; None where they are not known yet, or it is off.
    later
        Why they are not known yet.
    """

    name: str
    is_on: bool
    explanation: Explanation | None = None
    later: str = ""

    @property
    def is_reused(self) -> bool:
        """Whether all of its partitions have results that are still good."""
        told = self.explanation
        return told is not None and told.reused == len(told)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form; ``explanation`` is that of ``explain --json``."""
        return {
            "name": self.name,
            "is_on": self.is_on,
            "later": self.later or None,
            "explanation": self.explanation.to_json() if self.explanation is not None else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExplanation:
    """What a run of now would do; ``stages`` come after all that they depend on."""

    name: str
    stages: tuple[StageExplanation, ...]

    def stage(self, name: str) -> StageExplanation:
        """Give what is said of a stage.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        return {stage.name: stage for stage in self.stages}[name]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``workflow explain --json``."""
        return {"name": self.name, "stages": [stage.to_json() for stage in self.stages]}


def explain_stages(plan: WorkflowPlan) -> WorkflowExplanation:
    """Say of each partition of each stage why a run of now would do it, or would not.

    Where an artifact that a run would write again with the same bytes is there, the stage that splits it is
    planned with it; else what it will do is not known.

    Raises
    ------
    PlanError
        The plan cannot run.
    """
    require_runnable(plan)
    told: dict[str, StageExplanation] = {}
    for number, stage in enumerate(plan.stages):
        if not stage.is_on:
            told[stage.name] = StageExplanation(name=stage.name, is_on=False)
            continue
        planned = _planned(stage, plan, told)
        if planned.plan is None or planned.later:
            told[stage.name] = StageExplanation(name=stage.name, is_on=True, later=_why_later(stage, plan))
            continue
        plan = replace(plan, stages=(*plan.stages[:number], planned, *plan.stages[number + 1 :]))
        told[stage.name] = StageExplanation(
            name=stage.name, is_on=True, explanation=_explained(planned, plan)
        )
    return WorkflowExplanation(name=plan.workflow.name, stages=tuple(told.values()))


def _why_later(stage: StagePlan, plan: WorkflowPlan) -> str:
    source = stage.stage.artifact_of
    if not source:
        return stage.later
    name = plan.stage(source).artifact.name
    return (
        f"known when {source} has written {name} anew: where it holds the same, its results can be taken over"
    )


def _explained(stage: StagePlan, plan: WorkflowPlan) -> Explanation:
    assert stage.plan is not None
    record = stage_record_of(plan.workflow, plan.path.parent, stage.stage, stage.contract, stage.folder)
    return explain_partitions(stage.contract.name, stage.folder, stage.plan.partitions, record)


def _is_written_the_same(stage: StagePlan) -> bool:
    """Say whether a run of now would write an artifact as it is: the same results, the same reducer."""
    assert stage.plan is not None
    try:
        wanted = trial_key(stage.stage_key, stage.contract, freeze_reducer(stage.contract, stage.folder))
        run = run_that_wrote(stage.artifact, stage.folder, stage.contract.name)
    except (OSError, FindingsError):
        return False
    manifest = read_manifest(run) if run is not None else None
    if run is None or manifest is None or manifest.get("trial_key") != wanted:
        return False
    keys = resume_keys(stage.stage_key, (each.fingerprint for each in stage.plan.partitions))
    return PastRun(run, manifest).keys() == dict(enumerate(keys))


def _planned(stage: StagePlan, plan: WorkflowPlan, told: Mapping[str, StageExplanation]) -> StagePlan:
    """Give the final plan of a stage, where that can be known."""
    if stage.is_final:
        return stage
    source = stage.stage.artifact_of
    if source and not (told[source].is_reused and _is_written_the_same(plan.stage(source))):
        return stage
    try:
        return plan_now(plan, stage.name)
    except PlanError:
        return stage
