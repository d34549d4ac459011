"""Whether AGILAB should take a notebook as it is: its preflight's levels and rules, on the same lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.migrate.bridge.rows import source_of

Status = Literal["ready", "review", "blocked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """AGILAB's answer: ``blocked`` for nothing to run, ``review`` for warnings, else ``ready``."""

    status: Status
    findings: tuple[Finding, ...]

    @property
    def safe_to_import(self) -> bool:
        """Whether nothing blocks it."""
        return self.status != "blocked"


@dataclass(frozen=True, slots=True)
class _Rule:
    code: str
    message: str
    found: Callable[[str], object]


def _matches(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern, re.IGNORECASE).search


_RULES = (
    _Rule(
        "dependency-install",
        "the cell installs packages; they belong to the project's environment",
        _matches(r"^[!%]\s*(?:pip|conda)\s+install\b|\bpip\s+install\b"),
    ),
    _Rule(
        "shell-execution",
        "the cell runs a shell or another program",
        _matches(r"^!|^%%(?:bash|sh)|subprocess\.|os\.system"),
    ),
    _Rule("network-access", "the cell uses the network", _matches(r"https?://|requests\.|urllib\.")),
    _Rule(
        "interactive-widget",
        "the cell depends on widgets; take parameters instead",
        _matches(r"ipywidgets|interact\(|\.observe\("),
    ),
    _Rule(
        "hidden-notebook-state",
        "the cell reaches into the running notebook",
        _matches(r"get_ipython\(|%store|globals\(\)"),
    ),
    _Rule(
        "absolute-path",
        "the cell holds a path of one machine; write it relative to the notebook's folder",
        re.compile(r"""['"](?:/Users/|/home/|/tmp/|[A-Za-z]:[\\/])""").search,
    ),
)


def preflight(document: Mapping[str, Any]) -> Preflight:
    """Look at a notebook's document as AGILAB's preflight does; nothing is run."""
    findings = list(_findings(document))
    severities = {finding.severity for finding in findings}
    status: Status = "blocked" if "error" in severities else "review" if "warning" in severities else "ready"
    return Preflight(status=status, findings=tuple(findings))


def _findings(document: Mapping[str, Any]) -> Iterator[Finding]:
    cells = [cell for cell in document.get("cells", []) if isinstance(cell, dict)]
    code = [
        (position, cell)
        for position, cell in enumerate(cells, start=1)
        if cell.get("cell_type") == "code" and source_of(cell).strip()
    ]
    if not code:
        yield Finding(code="agilab.no-code-cells", message="the notebook has no cell that could be run")
    elif not any(cell.get("cell_type") == "markdown" for cell in cells):
        yield Finding(
            code="agilab.missing-markdown-context",
            message="no text stands between the cells, so AGILAB has no names for the stages",
            severity="warning",
            hint="write a heading above each cell",
        )
    if any(cell.get("execution_count") is not None for _, cell in code):
        yield Finding(
            code="agilab.execution-history-present",
            message="the cells have been run; what they showed is not taken over",
            severity="info",
        )
    for position, cell in code:
        for number, line in enumerate(source_of(cell).splitlines(), start=1):
            for rule in _RULES:
                if rule.found(line.strip()):
                    yield Finding(
                        code=f"agilab.{rule.code}",
                        message=rule.message,
                        severity="warning",
                        cell=str(position),
                        line=number,
                    )
