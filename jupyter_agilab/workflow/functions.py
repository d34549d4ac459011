"""Workflows of which stages are functions: what can be said of them without contracts."""

from __future__ import annotations

import tomllib
from collections.abc import Collection

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.workflow.check import check_data
from jupyter_agilab.workflow.dump import workflow_text
from jupyter_agilab.workflow.model import Workflow


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
