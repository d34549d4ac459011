"""A notebook file compared with its stages: what ``check NOTEBOOK`` and the pre-commit hook tell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.migrate.in_step.compare import StageState, compare
from jupyter_agilab.migrate.notebooks.files import read


@dataclass(frozen=True, slots=True, kw_only=True)
class InStep:
    """How a notebook and its stages stand to each other; the notebook's own findings come first."""

    path: Path
    stages: tuple[StageState, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not errors_in(self.findings)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "path": str(self.path),
            "ok": self.ok,
            "stages": [
                {
                    "name": stage.name,
                    "contract_path": str(stage.contract_path),
                    "cell": stage.cell,
                    "module": stage.module,
                    "contract": stage.contract,
                    "moved": list(stage.moved()),
                }
                for stage in self.stages
            ],
            "findings": [finding.to_json() for finding in self.findings],
        }


def check_notebook(path: Path) -> InStep:
    """Compare a notebook's cells with the modules and contracts that were made of them; runs nothing.

    Raises
    ------
    MissingDependencyError
        The notebook is kept as text, and jupytext is not installed.
    """
    notebook = read(path)
    stages = () if errors_in(notebook.findings) else compare(notebook)
    findings = [*notebook.findings, *(finding for stage in stages for finding in stage.findings)]
    return InStep(path=path, stages=stages, findings=tuple(findings))
