"""What a cell puts into its stage's contract: captured constants, and where the function came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jupyter_agilab.contract.model import Contract, SourceTable
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.names import text_digest


def with_cell(
    contract: Contract, extraction: Extraction, context: CellContext, before: Contract | None
) -> tuple[Contract, list[Finding]]:
    """Put what the cell says into the contract; gives also what there is to say about changed values.

    Parameters
    ----------
    before
        The contract that is there: what it has and the cell does not say is kept.
    """
    known = before.source if before else SourceTable()
    notebook = known.notebook
    if context.notebook is not None and context.folder is not None:
        notebook = _relative(context.notebook, context.folder)
    source = SourceTable(
        notebook=notebook,
        cell=context.cell_id or known.cell,
        digest=text_digest(extraction.module_text) if extraction.module_text is not None else known.digest,
        cell_digest=extraction.source_digest,
        reduce_digest=known.reduce_digest,
    )
    parameters = dict(extraction.parameters)
    told: list[Finding] = []
    taken = {argument.name for argument in extraction.signature}
    for name, value in (before.parameters if before else {}).items():
        if name not in parameters:
            # one that the function takes and the cell does not capture was written by hand
            if name in taken and name not in extraction.shared:
                parameters[name] = value
        elif parameters[name] != value:
            told.append(
                Finding(
                    code="stage.parameter-changed",
                    message=f"{name} is {parameters[name]!r} in the notebook; the contract had {value!r}",
                    severity="info",
                    key=f"parameters.{name}",
                    hint="the contract takes the notebook's value",
                )
            )
    return replace(contract, parameters=parameters, source=source), told


def _relative(path: Path, folder: Path) -> str | None:
    """Give the notebook's path for the contract; None outside the folder: it might tell a home folder."""
    path, folder = path.resolve(), folder.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else None
