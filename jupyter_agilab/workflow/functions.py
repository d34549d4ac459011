"""Workflows of which stages are functions: what can be said of them without contracts."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.workflow.check import check_data
from jupyter_agilab.workflow.dump import workflow_text
from jupyter_agilab.workflow.keys import SectionName, misfits
from jupyter_agilab.workflow.model import Group, Workflow, WorkflowStage


def check_functions(workflow: Workflow, functions: Collection[str]) -> tuple[Finding, ...]:
    """Check a workflow of which some stages are functions and have no contract.

    Raises
    ------
    WorkflowError
        A value is not what its key takes.
    """
    text = workflow_text(workflow)
    lacking = {f"stages.{name}.contract" for name in functions}
    checked = check_data(tomllib.loads(text))
    return tuple(
        finding
        for finding in checked.findings
        if not (finding.code == "workflow.missing-key" and finding.key in lacking)
    )


def wrong_amounts(workflow: Workflow) -> Iterator[Finding]:
    """Say which replicas and claims are not what their keys take: with them nothing could ever begin."""
    parts: tuple[WorkflowStage | Group, ...] = (*workflow.stages.values(), *workflow.groups.values())
    for part in parts:
        section: SectionName = "stages" if isinstance(part, WorkflowStage) else "groups"
        path = f"{section}.{part.name}"
        wrong = [(f"{path}.{key}", told) for key, told in misfits(section, part) if key == "replicas"]
        wrong += [(f"{path}.resources.{key}", told) for key, told in misfits("resources", part.claims)]
        for key, told in wrong:
            yield Finding(code="workflow.value", message=f"{key} {told}", key=key)
