"""What contracts know of workflows: that one feeds them, and that one is no contract."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.diagnostics import Finding

WORKFLOW_SCHEMA = "agilab.workflow.v1"
SUFFIX = ".workflow.toml"
"""The end of a workflow's file name."""


def is_workflow_name(path: str) -> bool:
    """Say whether a path names a workflow's file."""
    return path.lower().endswith(SUFFIX)


def fed_by_workflow(path: str) -> Finding:
    """Say that a stage has no partitions of its own, and how to run it."""
    return Finding(
        code="plan.fed-by-workflow",
        message=f"the partitions of this stage are made by other stages of the workflow {path}",
        level="environment",
        key="input",
        hint=f"run the workflow: jupyter agilab workflow run {path} (or plan it: workflow plan {path})",
    )


def workflow_for_contract(path: Path, told: str | None) -> Finding:
    """Say that a file is a workflow where a contract is needed."""
    return Finding(
        code="contract.is-a-workflow",
        message=f"a contract says what one stage is; {path.name} is a workflow, which joins several",
        level="syntax",
        key="schema",
        path=told,
        line=1,
        column=1,
        hint=f"for workflows it is: jupyter agilab workflow check|plan|run {path.name}",
    )
