"""Cell, module and contract of each stage compared: which of the three moved since the stage was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jupyter_agilab.cells import Notebook
from jupyter_agilab.contract.load import ContractFile, read_contract
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.extract.names import text_digest
from jupyter_agilab.migrate.in_step.place import against_place
from jupyter_agilab.migrate.in_step.stage_cells import StageCell, stage_cells
from jupyter_agilab.modules import find_function, functions_in, locate_module

State = Literal["in step", "moved", "missing", "unknown"]
"""``unknown``: nothing was written down to compare it with."""

_PATTERN = "*.parallel_stage.toml"
_NAME = re.compile(r"[\w.-]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageState:
    """How the three parts of one stage stand to each other.

    Attributes
    ----------
    name
        The stage.
    contract_path
        Its contract; it may not be there.
    cell, module, contract
        Whether each is still what it was when the stage was written.
    findings
        One for each that moved or is missing; errors where the notebook and what runs are not the same.
    """

    name: str
    contract_path: Path
    cell: State
    module: State
    contract: State
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether the three say the same."""
        return not errors_in(self.findings)

    def moved(self) -> tuple[str, ...]:
        """Name the parts that moved or are missing: some of ``cell``, ``module``, ``contract``."""
        states = {"cell": self.cell, "module": self.module, "contract": self.contract}
        return tuple(part for part, state in states.items() if state in {"moved", "missing"})


def compare(notebook: Notebook) -> tuple[StageState, ...]:
    """Compare the stages of a notebook with their cells; reads files only, and runs nothing.

    A stage belongs to the notebook if a cell of it makes it, or if its contract, in the notebook's folder,
    names the notebook. They are in the order of the cells, then of the contracts' names.
    """
    folder = notebook.path.absolute().parent
    states = list(compare_cells(notebook))
    cells = {state.name for state in states}
    for path in sorted(folder.glob(_PATTERN)):
        file = read_contract(path)
        contract = file.contract
        if contract is None or contract.name in cells or not _names(contract, notebook):
            continue
        states.append(_state(contract.name, file.path, file, None, notebook))
    return tuple(states)


def compare_cells(notebook: Notebook) -> tuple[StageState, ...]:
    """Compare only the stages that cells of the notebook make; reads their contracts and no others."""
    folder = notebook.path.absolute().parent
    cells = {cell.name: cell for cell in stage_cells(notebook) if not cell.is_reducer}
    states = []
    for name, cell in cells.items():
        if not _NAME.fullmatch(name):
            # it names no file of this folder
            continue
        path = folder / f"{name}.parallel_stage.toml"
        file = read_contract(path) if path.exists() else None
        states.append(_state(name, path, file, cell, notebook))
    return tuple(states)


def _names(contract: Contract, notebook: Notebook) -> bool:
    return contract.source.notebook is not None and Path(contract.source.notebook).name == notebook.path.name


def _state(
    name: str, path: Path, file: ContractFile | None, cell: StageCell | None, notebook: Notebook
) -> StageState:
    def tell(code: str, message: str, hint: str = "", *, error: bool = True) -> Finding:
        return Finding(
            code=f"in-step.{code}",
            message=f"{name}: {message}",
            severity="error" if error else "info",
            key=name,
            cell=cell.label if cell else None,
            path=None if cell else str(path),
            hint=hint,
        )

    if file is None:
        told = tell(
            "contract-missing",
            f"the cell makes a stage, but there is no {path.name}",
            "run the cell; then commit what it writes",
        )
        return _made(name, path, "unknown", "unknown", "missing", [told])
    contract = file.contract
    if contract is None or errors_in(file.findings):
        told = tell(
            "contract-unreadable",
            f"{path.name} has errors",
            f"see them with: jupyter agilab check {path.name}",
        )
        return _made(name, path, "unknown", "unknown", "moved", [told])
    findings: list[Finding] = []
    cell_state: State = "unknown"
    if cell is not None:
        if contract.source.cell_digest is not None:
            cell_state = "in step" if cell.is_of(contract.source.cell_digest) else "moved"
    elif _is_gone(contract, notebook):
        cell_state = "missing"
    module_state, text = _module(contract, file.folder)
    contract_findings = [
        *(tell("contract-moved", *words) for words in _against_cell(contract, cell, file.folder)),
        *(tell("contract-moved", *words) for words in _against_module(contract, text)),
    ]
    contract_state: State = "moved" if contract_findings else "in step"
    if cell_state == "moved":
        also = "; the module was edited by hand too" if module_state == "moved" else ""
        hint = "run the cell again, which writes the module"
        if also:
            hint = "bring the edits of the module into the cell, and run it with --overwrite"
        findings.append(
            tell("cell-moved", f"the cell was edited after {contract.module} was written{also}", hint)
        )
    if cell_state == "missing":
        told_cell = contract.source.cell or "?"
        findings.append(
            tell(
                "cell-missing",
                f"the cell {told_cell} that it was made of is not in {notebook.path.name} any more",
                "the stage runs on without it; delete the line `cell` in [source] if that is meant",
                error=False,
            )
        )
    if module_state == "missing":
        findings.append(
            tell(
                "module-missing", f"{contract.module} is not there", "run the cell again, or restore the file"
            )
        )
    elif module_state == "moved" and cell_state != "moved":
        findings.append(
            tell(
                "module-moved",
                f"{contract.module} was edited after it was written",
                "bring the edit into the cell and run that with --overwrite",
                error=cell is not None,
            )
        )
    return _made(name, path, cell_state, module_state, contract_state, [*findings, *contract_findings])


def _made(
    name: str, path: Path, cell: State, module: State, contract: State, findings: list[Finding]
) -> StageState:
    return StageState(
        name=name, contract_path=path, cell=cell, module=module, contract=contract, findings=tuple(findings)
    )


def _is_gone(contract: Contract, notebook: Notebook) -> bool:
    """Tell whether the contract names a cell, the notebook has ids, and none is that one."""
    ids = {cell.id for cell in notebook.cells if cell.id}
    return contract.source.cell is not None and bool(ids) and contract.source.cell not in ids


def _module(contract: Contract, folder: Path) -> tuple[State, str | None]:
    try:
        source = locate_module(contract.module, folder)
    except (OSError, UnicodeDecodeError):
        return "moved", None
    if source is None:
        return "missing", None
    if contract.source.digest is None:
        return "unknown", source.text
    return ("in step" if text_digest(source.text) == contract.source.digest else "moved"), source.text


def _against_cell(contract: Contract, cell: StageCell | None, folder: Path) -> Iterator[tuple[str, str]]:
    """Say where the contract, or what feeds it in a workflow, and the cell's first line differ."""
    if cell is None:
        return
    yield from against_place(cell.name, cell.joins, contract, folder)
    for key, said in cell.options.items():
        has = getattr(contract, key)
        if key == "reducer" and contract.reducer == "custom":
            has = contract.reduce.function or "custom"
            if said == "custom" or ":" in has:
                continue
        if str(has) != said:
            yield (
                f"{key} is {str(has)!r} in the contract, and {said!r} on the cell's first line",
                "run the cell to take its value, or correct its first line",
            )


def _against_module(contract: Contract, text: str | None) -> Iterator[tuple[str, str]]:
    """Say what the contract asks of the module that it does not have."""
    if text is None:
        return
    try:
        found = find_function(text, contract.function_name)
    except SyntaxError as error:
        yield f"{contract.module} is not Python (line {error.lineno})", "correct the module"
        return
    if found is None:
        has = ", ".join(functions_in(text)) or "no function"
        yield (
            f"the contract names the function {contract.function_name!r}, {contract.module} has {has}",
            "correct `function`, or run the cell again",
        )
        return
    arguments = found.node.args
    if arguments.kwarg is not None:
        return
    takes = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    for name in contract.parameters:
        if name not in takes:
            yield (
                f"[parameters] has {name!r}, which {contract.function_name} does not take",
                "take the key away, or run the cell again",
            )
