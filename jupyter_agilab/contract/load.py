"""Read a contract file: whatever is in it, the answer is a contract or findings, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.check import check_data
from jupyter_agilab.contract.fed import WORKFLOW_SCHEMA, workflow_for_contract
from jupyter_agilab.contract.layout import scan
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.named import USUAL_NAME
from jupyter_agilab.contract.source import Unusable, data_of, text_of, too_deep
from jupyter_agilab.contract.toml_file import TomlFile
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import ContractError


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFile(TomlFile):
    """A contract file as it was read; ``parallel_stage.toml`` where a text without a file was checked.

    Attributes
    ----------
    contract
        The contract, whenever AGILAB would accept the file; what is wrong beyond that has its default here.
    issues, warnings
        AGILAB's own texts, in its order.
    """

    contract: Contract | None = None
    issues: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_contract(path: Path) -> ContractFile:
    """Read and check a contract file.

    Runs and imports nothing. A file that is missing, is no file, cannot be decoded or is not TOML is a
    finding of level ``syntax``.
    """
    try:
        text = text_of(path)
    except Unusable as unusable:
        findings = (replace(unusable.finding, path=str(path)),)
        return ContractFile(path=path, text="", data={}, findings=findings)
    return check_text(text, path)


def load_contract(path: Path) -> Contract:
    """Read a contract that can be run.

    Raises
    ------
    jupyter_agilab.errors.ContractError
        The file has at least one error; all its findings are told.
    """
    file = read_contract(path)
    if file.contract is None or not file.ok:
        raise ContractError(f"the contract {path} cannot be used", file.findings)
    return file.contract


def check_text(text: str, path: Path | None = None) -> ContractFile:
    """Check a contract's text; `path` is the file that it is from, or would be written to."""
    told = str(path) if path is not None else None
    path = path if path is not None else Path(USUAL_NAME)
    named = () if path.suffix.lower() == ".toml" else (_no_toml_name(path, told),)
    data: Mapping[str, Any] = {}
    try:
        data = data_of(text)
        try:
            layout = scan(text)
            folder = path.absolute().parent
            checked = check_data(data, layout=layout, path=told, folder=folder, file_name=path.name)
        except RecursionError:
            raise too_deep() from None
    except Unusable as unusable:
        findings = (*named, replace(unusable.finding, path=told))
        return ContractFile(path=path, text=text, data=data, findings=findings)
    findings = (*named, *checked.findings)
    if data.get("schema") == WORKFLOW_SCHEMA:
        # each key that it lacks would be told, and none of them is what is wrong
        findings = (workflow_for_contract(path, told),)
    return ContractFile(
        path=path,
        text=text,
        data=data,
        findings=findings,
        contract=checked.contract,
        issues=checked.issues,
        warnings=checked.warnings,
    )


def _no_toml_name(path: Path, told: str | None) -> Finding:
    return Finding(
        code="contract.file-name",
        message=f"a contract's file name must end in .toml; it is {path.name!r}",
        severity="warning",
        path=told,
        line=1,
        column=1,
        hint="name it NAME.parallel_stage.toml, which editors and the panel know",
    )
