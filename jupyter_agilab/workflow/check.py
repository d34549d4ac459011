"""Everything that can be said about a workflow's values, contracts not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.contract.layout import Layout
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.workflow.model import Workflow
from jupyter_agilab.workflow.rules import RULES
from jupyter_agilab.workflow.subject import subject_of


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check gives: all findings in the order of their places, and the workflow.

    It is None where something is missing or no table, so that there is nothing to go on with.
    """

    workflow: Workflow | None
    findings: tuple[Finding, ...]


def check_data(data: Mapping[str, Any], *, layout: Layout | None = None, path: str | None = None) -> Checked:
    """Check the values of a workflow.

    Parameters
    ----------
    data
        The values as ``tomllib`` gives them.
    layout
        Where they stand; findings have no line without it.
    path
        The file, for findings.
    """
    subject = subject_of(data)
    remarks = [remark for rule in RULES for remark in rule(subject)]
    findings = [
        remark.finding(layout.place_of(remark.path) if layout is not None else (None, None), path)
        for remark in remarks
    ]
    whole = not any(remark.level == "syntax" for remark in remarks)
    return Checked(
        subject.workflow if whole else None,
        tuple(sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0))),
    )
