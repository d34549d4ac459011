"""The contracts that a workflow's stages refer to: read, checked, and compared with each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from os.path import isfile
from pathlib import Path

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.load import ContractFile, read_contract
from jupyter_agilab.contract.named import CONTRACT_SUFFIX, contract_path, files_beside
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.workflow.load import WorkflowFile
from jupyter_agilab.workflow.model import Workflow, WorkflowStage
from jupyter_agilab.workflow.named import is_workflow_name


@dataclass(frozen=True, slots=True)
class StageContracts:
    """The contracts of a workflow.

    Attributes
    ----------
    files
        By the name of the stage, of those that could be read and have no errors.
    findings
        Of the references, with the workflow's lines, and of the contracts, with their own paths.
    """

    files: Mapping[str, ContractFile]
    findings: tuple[Finding, ...] = field(repr=False)


def read_contracts(file: WorkflowFile, workflow: Workflow) -> StageContracts:
    """Read the contracts of all stages, each once; nothing is imported or run."""
    files: dict[str, ContractFile] = {}
    findings: list[Finding] = []
    for stage in workflow.stages.values():
        if not stage.contract:
            continue
        path = file.path.parent / stage.contract
        if not isfile(path):  # noqa: PTH113  # a path's own fails for names that no system has
            findings.append(_missing(stage, file.folder))
            continue
        read = read_contract(path)
        if not any(finding.path == str(path) for finding in findings):
            findings += [replace(finding, path=str(path)) for finding in read.findings]
        if read.contract is not None and not errors_in(read.findings):
            files[stage.name] = read
    findings += _shared(workflow, files)
    for name, read in files.items():
        findings += _fits(workflow.stages[name], read, file)
    return StageContracts(files, file.located(findings))


def placed_in(file: ContractFile, findings: Iterable[Finding]) -> list[Finding]:
    """Give findings about a stage their place in its contract, but leave those about the workflow's keys."""
    placed = []
    for finding in findings:
        if (finding.key or "").startswith(("stages.", "groups.")):
            placed.append(finding)
        else:
            (found,) = file.located([finding])
            placed.append(found if found.path else replace(found, path=str(file.path)))
    return placed


def _missing(stage: WorkflowStage, folder: Path) -> Finding:
    near = contract_path(stage.contract, folder)
    if near != folder / stage.contract:
        told = near.relative_to(folder) if near.is_relative_to(folder) else near
        hint = f"write contract = {told.as_posix()!r}"
    else:
        hint = files_beside(folder / stage.contract, CONTRACT_SUFFIX, "write one with: jupyter agilab new")
    return _finding(
        "workflow.no-contract",
        f"stages.{stage.name}.contract must be a contract's file; there is no {stage.contract}",
        stage,
        "contract",
        hint,
    )


def _shared(workflow: Workflow, files: Mapping[str, ContractFile]) -> Iterator[Finding]:
    """Tell stages that would have the same runs or the same artifact: each run's files have one owner."""
    first: dict[tuple[str, Path], str] = {}
    for name, file in files.items():
        assert file.contract is not None
        folder = file.folder.resolve()
        artifact = folder / artifact_path(file.contract, file.path.name)
        facts: list[tuple[str, Path, str]] = [
            ("contract", file.path.resolve(), "refer to the same contract"),
            (
                "home",
                folder / file.contract.name,
                f"have contracts with the same name {file.contract.name!r}",
            ),
            ("artifact", artifact, f"write the same artifact {artifact.name}"),
        ]
        for kind, place, what in facts:
            other = first.setdefault((kind, place), name)
            if other != name:
                yield _finding(
                    "workflow.shared-contract",
                    f"{other} and {name} {what}, so one would write over what the other did",
                    workflow.stages[name],
                    "contract",
                    "give each stage a contract of its own, with a `name` and an `output` of its own",
                )
                break


def _fits(stage: WorkflowStage, file: ContractFile, workflow: WorkflowFile) -> Iterator[Finding]:
    """Tell contracts that cannot be fed as the workflow says."""
    contract = file.contract
    assert contract is not None
    if stage.elements and contract.split != "parameter-sweep":
        yield _finding(
            "workflow.split",
            f"{stage.name} is fed with elements, and its contract splits {contract.input} "
            f"(split = {contract.split!r})",
            stage,
            "input",
            f'write split = "parameter-sweep" and input = "{workflow.path.name}" in {stage.contract}, or '
            f'feed it with an artifact: input = "{stage.elements[0].stage}.artifact"',
        )
    if not is_workflow_name(contract.input):
        return
    if not stage.inputs:
        yield _finding(
            "workflow.no-input",
            f"nothing feeds {stage.name}, and its contract says that a workflow does",
            stage,
            "contract",
            f"name what feeds it in stages.{stage.name}.input, or give its contract an input",
        )
    elif (file.folder / contract.input).resolve() != workflow.path.resolve():
        yield _finding(
            "workflow.other-workflow",
            f"the contract of {stage.name} says that {contract.input} feeds it, which is another file",
            stage,
            "contract",
            f'write input = "{workflow.path.name}" in {stage.contract}',
            is_error=False,
        )


def _finding(
    code: str, message: str, stage: WorkflowStage, key: str, hint: str, *, is_error: bool = True
) -> Finding:
    return Finding(
        code=code,
        message=message,
        level="environment",
        severity="error" if is_error else "warning",
        key=f"stages.{stage.name}.{key}",
        hint=hint,
    )
