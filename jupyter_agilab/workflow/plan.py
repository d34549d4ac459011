"""The plan of a workflow: the plans of its stages in the order of the graph. Nothing is run for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.load import ContractFile
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.workflow.graph import edges, groups_in_use, starting_conditions
from jupyter_agilab.workflow.model import Claims, Workflow, WorkflowStage


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """What was decided for one stage.

    Attributes
    ----------
    stage
        As the workflow declares it.
    file
        Its contract's file as it was read.
    contract
        The contract as it is run: where an artifact feeds it, that is its input, told by its content.
    is_on
        Whether a run does it.
    plan
        Its partitions; None where they are not known yet, or it is off.
    later
        Why they are not known yet, or may be others when its turn comes; empty where the plan is final.
    stage_key
        What its resume keys have in common, see `jupyter_agilab.run.resume_key`; empty where it is off or its
        function is not there.
    claims
        What one partition claims: what the stage says, else its group, else the contract.
    """

    stage: WorkflowStage
    file: ContractFile
    contract: Contract
    is_on: bool
    plan: Plan | None
    later: str = ""
    stage_key: str = ""
    claims: Claims = field(default_factory=Claims)

    @property
    def name(self) -> str:
        """The stage's name in the workflow."""
        return self.stage.name

    @property
    def folder(self) -> Path:
        """The absolute folder of its contract, in which its runs are kept."""
        return self.file.folder.resolve()

    @property
    def artifact(self) -> Path:
        """The file that it writes."""
        return self.folder / artifact_path(self.contract, self.file.path.name)

    @property
    def is_final(self) -> bool:
        """Whether the plan is what a run does."""
        return self.plan is not None and not self.later


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowPlan:
    """The plans of all stages.

    Attributes
    ----------
    workflow, path
        The workflow, and its file.
    stages
        In an order in which each comes after all that it depends on; those that are off too.
    flags
        What was decided for each flag.
    workers
        Workers that the plan was made for.
    findings
        What the reader should know before running: about the workflow, its contracts, and their plans. Errors
        mean that it cannot run.
    """

    workflow: Workflow
    path: Path
    stages: tuple[StagePlan, ...]
    flags: Mapping[str, bool]
    workers: int
    findings: tuple[Finding, ...] = ()

    def stage(self, name: str) -> StagePlan:
        """Give the plan of a stage.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not errors_in(self.findings)

    @property
    def partition_count(self) -> int:
        """How many partitions there are in all, as far as they are known."""
        return sum(stage.plan.partition_count for stage in self.stages if stage.plan is not None)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``workflow plan --json``."""
        conditions = starting_conditions(self.workflow)
        return {
            "name": self.workflow.name,
            "path": str(self.path),
            "ok": self.ok,
            "flags": dict(self.flags),
            "workers": self.workers,
            "partition_count": self.partition_count,
            "stages": [_stage_json(stage) for stage in self.stages],
            "edges": [edge.to_json() for edge in edges(self.workflow)],
            "groups": [
                {
                    "name": name,
                    "replicas": self.workflow.group_of(name).replicas,
                    "stages": list(stages),
                    "starts_after": [each for each in self.workflow.stages if each in conditions[name]],
                }
                for name, stages in groups_in_use(self.workflow).items()
            ],
            "findings": [finding.to_json() for finding in self.findings],
        }


def _stage_json(stage: StagePlan) -> dict[str, Any]:
    plan = stage.plan
    return {
        "name": stage.name,
        "contract": stage.stage.contract,
        "is_on": stage.is_on,
        "partitions": plan.partition_count if plan is not None else None,
        "later": stage.later or None,
        "rule": plan.rule if plan is not None else None,
        "useful_workers": plan.useful_workers if plan is not None else None,
        "group": stage.stage.group or None,
        "when": stage.stage.when or None,
        "artifact": str(stage.artifact),
        "claims": claims_json(stage.claims),
    }


def claims_json(claims: Claims) -> dict[str, Any]:
    """Give what is claimed, by name; what is not claimed is left out."""
    found: dict[str, Any] = {
        name: value
        for name in ("cpus", "gpus", "memory", "walltime")
        if (value := getattr(claims, name)) is not None
    }
    return {**found, **claims.named}
