"""What migrating one notebook comes to, before anything is written."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from jupyter_agilab.cells import Notebook
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.migrate.convert.cells import Placed
from jupyter_agilab.migrate.finding import LoopFinding, NotebookFindings
from jupyter_agilab.migrate.notebooks.cell import NewCell
from jupyter_agilab.stages import StageDraft

Form = Literal["python", "magic", "functions"]
"""How the rewritten notebook calls its stages.

``python``: through `jupyter_agilab.parallel_steps`. ``magic``: each stage is a ``%%parallel_stage`` cell.
``functions``: plain functions that are called one after the other, for AGILAB's importer.
"""

FORMS: tuple[str, ...] = get_args(Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A loop that becomes a stage.

    Attributes
    ----------
    finding
        What was found.
    draft
        The stage, not written yet.
    placed
        The loop's parts.
    grid
        Text of the parameter file that the stage needs besides; None where it needs none.
    """

    finding: LoopFinding
    draft: StageDraft
    placed: Placed
    grid: str | None = None

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.draft.name

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "cell": self.finding.cell,
            "line": self.finding.line,
            "stage": self.name,
            "contract": self.draft.contract_path.name,
            "module": self.draft.extraction.module_path,
            "split": self.draft.contract.split,
            "input": self.draft.contract.input,
            "reducer": self.draft.contract.reducer,
            "shared": [each.name for each in self.placed.shared],
            "findings": [finding.to_json() for finding in self.draft.findings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConverted:
    """A loop that could run in parallel and is left as it is, with the reason as a sentence."""

    finding: LoopFinding
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {"cell": self.finding.cell, "line": self.finding.line, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookMigration:
    """What migrating one notebook comes to.

    Attributes
    ----------
    path
        The notebook.
    findings
        All loops that were looked at, and what could not be read.
    converted, left
        The loops that become stages, and those that could and do not.
    before, after
        The notebook's bytes now and then; the same where nothing is converted.
    cells
        Index of a cell to the cells that take its place.
    """

    path: Path
    form: Form
    notebook: Notebook
    findings: NotebookFindings
    converted: tuple[Converted, ...] = ()
    left: tuple[NotConverted, ...] = ()
    before: bytes = field(default=b"", repr=False)
    after: bytes = field(default=b"", repr=False)
    cells: Mapping[int, tuple[NewCell, ...]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What could not be read or understood."""
        return self.findings.problems

    def diff_of(self, index: int) -> str:
        """Give what changes in a cell, as a unified diff; empty where nothing does."""
        new = self.cells.get(index)
        if new is None:
            return ""
        old = next(cell.source for cell in self.notebook.cells if cell.index == index)
        after = "\n\n".join(
            f"# {'cell' if len(new) == 1 else f'cell {n}'}\n{c.source}" for n, c in enumerate(new, 1)
        )
        if len(new) == 1:
            after = new[0].source
        lines = difflib.unified_diff(
            old.splitlines(),
            after.splitlines(),
            f"cell {index + 1}",
            f"cell {index + 1}, migrated",
            lineterm="",
        )
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``migrate --json``: that of the findings, and what becomes of them."""
        return {
            **self.findings.to_json(),
            "form": self.form,
            "converted": [each.to_json() for each in self.converted],
            "left": [each.to_json() for each in self.left],
            "diffs": {str(index): self.diff_of(index) for index in self.cells},
        }
