"""Read a workflow's file: whatever is in it, the answer is a workflow or findings, never an exception."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.layout import scan
from jupyter_agilab.contract.model import SCHEMA_ID
from jupyter_agilab.contract.source import Unusable, data_of, text_of, too_deep
from jupyter_agilab.contract.toml_file import TomlFile
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.workflow.check import check_data
from jupyter_agilab.workflow.model import Workflow
from jupyter_agilab.workflow.named import SUFFIX, is_workflow_name, other_files


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFile(TomlFile):
    """A workflow's file as it was read; ``workflow.toml`` where a text without a file was checked.

    Its findings are about the workflow alone: contracts are not looked at.

    Attributes
    ----------
    workflow
        The workflow, where the file has one; what is wrong in it has its default here.
    """

    workflow: Workflow | None = None

    @property
    def is_contract(self) -> bool:
        """Whether it is a contract, which was named where a workflow is needed."""
        return self.data.get("schema") == SCHEMA_ID

    def sorted(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Give those about this file in the order of its lines, then the others as they came."""
        own = str(self.path)
        return tuple(
            sorted(
                findings,
                key=lambda each: (
                    (False, each.line or 0, each.column or 0) if each.path == own else (True, 0, 0)
                ),
            )
        )


def read_workflow(path: Path) -> WorkflowFile:
    """Read and check a workflow's file; contracts are not looked at, nothing is run or imported.

    A file that is missing, is no file, cannot be decoded or is not TOML is a finding of level ``syntax``.
    """
    try:
        text = text_of(path, "workflow", other_files)
    except Unusable as unusable:
        findings = (replace(unusable.finding, path=str(path)),)
        return WorkflowFile(path=path, text="", data={}, findings=findings)
    return check_text(text, path)


def check_text(text: str, path: Path | None = None) -> WorkflowFile:
    """Check a workflow's text; `path` is the file that it is from, or would be written to."""
    told = str(path) if path is not None else None
    path = path if path is not None else Path(SUFFIX.lstrip("."))
    data: Mapping[str, Any] = {}
    try:
        data = data_of(text, "workflow")
        try:
            layout = scan(text)
            checked = check_data(data, layout=layout, path=told)
        except RecursionError:
            raise too_deep("workflow") from None
    except Unusable as unusable:
        findings = (replace(unusable.finding, path=told),)
        return WorkflowFile(path=path, text=text, data=data, findings=findings)
    named = () if is_workflow_name(path.name) or told is None else (_other_name(path),)
    found = WorkflowFile(
        path=path, text=text, data=data, findings=(*named, *checked.findings), workflow=checked.workflow
    )
    if found.is_contract:
        # each of its keys would be told, and none of them is what is wrong
        line, column = layout.place_of(("schema",))
        finding = replace(_contract_for_workflow(path), path=told, line=line, column=column)
        return replace(found, findings=(finding,), workflow=None)
    return found


def _contract_for_workflow(path: Path) -> Finding:
    return Finding(
        code="workflow.is-a-contract",
        message=f"a workflow joins several stages; {path.name} is the contract of one stage",
        level="syntax",
        key="schema",
        hint=f"for contracts it is: jupyter agilab check|plan|run {path.name}",
    )


def _other_name(path: Path) -> Finding:
    return Finding(
        code="workflow.file-name",
        message=f"a workflow's file name must end in {SUFFIX}; it is {path.name!r}",
        severity="warning",
        path=str(path),
        line=1,
        column=1,
        hint="name it like this: contracts, editors and the sidebar know workflows by that",
    )
