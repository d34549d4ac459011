"""Read a workflow's file: whatever is in it, the answer is a workflow or findings, never an exception."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.layout import scan
from jupyter_agilab.contract.source import Unusable, data_of, text_of, too_deep
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import WorkflowError
from jupyter_agilab.workflow.check import check_data
from jupyter_agilab.workflow.model import Workflow
from jupyter_agilab.workflow.named import SUFFIX, is_workflow_name, other_files


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """A workflow's file as it was read.

    Attributes
    ----------
    path
        The file; ``workflow.toml`` where a text without a file was checked.
    text
        Its text with line ends as they are; empty where it could not be read.
    data
        Its values as ``tomllib`` gives them; empty where it could not be parsed.
    workflow
        The workflow, where the file has one; what is wrong in it has its default here.
    findings
        All of them, in the order of the lines; contracts are not looked at.
    """

    path: Path
    text: str
    data: Mapping[str, Any] = field(repr=False)
    workflow: Workflow | None
    findings: tuple[Finding, ...]

    @property
    def folder(self) -> Path:
        """The absolute folder that the workflow's paths are relative to."""
        return self.path.absolute().parent

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not errors_in(self.findings)

    def located(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Give findings about this workflow with the file, line and column of the keys that they name.

        A finding that has a file or a line already, or names no key, stays as it is.
        """
        layout = scan(self.text)
        placed = []
        for finding in findings:
            if finding.key is not None and finding.path is None and finding.line is None:
                line, column = layout.place_of(tuple(finding.key.split(".")))
                finding = replace(finding, path=str(self.path), line=line, column=column)  # noqa: PLW2901
            placed.append(finding)
        return tuple(placed)


def read_workflow(path: Path) -> WorkflowFile:
    """Read and check a workflow's file; contracts are not looked at, nothing is run or imported.

    A file that is missing, is no file, cannot be decoded or is not TOML is a finding of level ``syntax``.
    """
    try:
        text = text_of(path)
    except Unusable as unusable:
        return WorkflowFile(path, "", {}, None, (_ours(unusable.finding, str(path), other_files(path)),))
    return check_text(text, path)


def load_workflow(path: Path) -> Workflow:
    """Read a workflow whose file has no errors.

    Raises
    ------
    WorkflowError
        The file has at least one error; all its findings are told.
    """
    file = read_workflow(path)
    if file.workflow is None or not file.ok:
        raise WorkflowError(f"the workflow {path} cannot be used", file.findings)
    return file.workflow


def check_text(text: str, path: Path | None = None) -> WorkflowFile:
    """Check a workflow's text; `path` is the file that it is from, or would be written to."""
    told = str(path) if path is not None else None
    path = path if path is not None else Path(SUFFIX.lstrip("."))
    data: Mapping[str, Any] = {}
    try:
        data = data_of(text)
        try:
            checked = check_data(data, layout=scan(text), path=told)
        except RecursionError:
            raise too_deep() from None
    except Unusable as unusable:
        return WorkflowFile(path, text, data, None, (_ours(unusable.finding, told, ""),))
    named = () if is_workflow_name(path.name) or told is None else (_other_name(path),)
    return WorkflowFile(path, text, data, checked.workflow, (*named, *checked.findings))


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


def _ours(finding: Finding, path: str | None, hint: str) -> Finding:
    """Say the same of a workflow that was found about a text that should be TOML."""
    message = finding.message.replace("the contract must", "the workflow must")
    return replace(
        finding,
        code=finding.code.replace("contract.", "workflow."),
        message=message.replace("a contract must", "a workflow must"),
        hint=hint
        if hint or "agilab new" in finding.hint
        else finding.hint.replace("a contract", "a workflow"),
        path=path,
    )
