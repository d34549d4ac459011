"""Whether a notebook's cells stand on their own: what AGILAB's doctor asks, with Python's scoping rules.

AGILAB runs each cell as a stage of its own, so a name from another cell is missing there. Its doctor compares
flat sets of names; here a loop variable of a comprehension or an argument defines nothing for other cells, a
name that is read before its own cell binds it comes from outside, and ``__name__`` is always there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.bindings import bindings
from jupyter_agilab.extract.names import BUILTINS, MODULE_NAMES, is_ipythons
from jupyter_agilab.extract.scope import Scope, analyse
from jupyter_agilab.migrate.bridge.plain import plain_cell
from jupyter_agilab.migrate.bridge.references import Files, files_of
from jupyter_agilab.migrate.bridge.rows import source_of

Role = Literal["export", "load", "scratch", "transform", "invalid"]

_COSTS = {"error": 25, "warning": 10, "info": 2}
_SHOWING = frozenset(("print", "display", "head", "tail", "info", "describe"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CellReport:
    """What one cell defines for others, needs of others, and does.

    ``position`` counts all cells from 1. ``hidden`` come from earlier cells, ``missing`` from nowhere above;
    ``later`` are those of the missing that a cell below defines.
    """

    position: int
    role: Role
    defines: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    files: Files = field(default_factory=Files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The report: AGILAB's score (100 minus 25, 10 and 2 for each error, warning and note) and findings."""

    score: int
    status: Literal["pass", "warn", "fail"]
    findings: tuple[Finding, ...]
    cells: tuple[CellReport, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "status": self.status,
            "score": self.score,
            "findings": [finding.to_json() for finding in self.findings],
            "cells": [
                {
                    "position": cell.position,
                    "role": cell.role,
                    "defines": list(cell.defines),
                    "hidden": list(cell.hidden),
                    "missing": list(cell.missing),
                    "inputs": list(cell.files.inputs),
                    "outputs": list(cell.files.outputs),
                    "unclear": list(cell.files.unclear),
                }
                for cell in self.cells
            ],
        }


def readiness(document: Mapping[str, Any]) -> Readiness:
    """Report on a notebook's document (nbformat 4, as JSON); nothing is run."""
    findings: list[Finding] = []
    reports: list[CellReport] = []
    read = list(_read(document, findings))
    known: set[str] = set()
    has_star = False
    for at, (position, tree, scope) in enumerate(read):
        if tree is None or scope is None:
            reports.append(CellReport(position=position, role="invalid"))
            continue
        has_star = has_star or bool(scope.stars)
        outside = [
            name for name in scope.reads if name not in BUILTINS | MODULE_NAMES and not is_ipythons(name)
        ]
        hidden = sorted(name for name in outside if name in known)
        missing = sorted(name for name in outside if name not in known) if not has_star else []
        below = {name for _, other, _ in read[at + 1 :] if other is not None for name in _left(other)}
        files = files_of(tree)
        report = CellReport(
            position=position,
            role=_role(tree, files),
            defines=tuple(sorted(_left(tree))),
            hidden=tuple(hidden),
            missing=tuple(missing),
            later=tuple(name for name in missing if name in below),
            files=files,
        )
        reports.append(report)
        findings += _name_findings(report, scope)
        known |= _left(tree)
    findings += _count_findings([cell for _, cell in _code_cells(document)])
    findings += [
        Finding(
            code="agilab.scratch-cell",
            message="the cell only shows something",
            severity="info",
            cell=str(report.position),
            hint="leave it out of the pipeline, or write what it shows to a file",
        )
        for report in reports
        if report.role == "scratch"
    ]
    score = max(0, 100 - sum(_COSTS[finding.severity] for finding in findings))
    worst = {finding.severity for finding in findings}
    return Readiness(
        score=score,
        status="fail" if "error" in worst else "warn" if findings else "pass",
        findings=tuple(findings),
        cells=tuple(reports),
    )


def _left(tree: ast.Module) -> set[str]:
    """Give the names that are there once the cell has run: those bound and not deleted after it."""
    left: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, ast.Delete):
            left -= {target.id for target in statement.targets if isinstance(target, ast.Name)}
            continue
        # Python itself deletes the name of an exception
        handlers = {
            node.name for node in ast.walk(statement) if isinstance(node, ast.ExceptHandler) and node.name
        }
        left |= set(bindings(statement)) - handlers
    return left


def _code_cells(document: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for position, cell in enumerate(document.get("cells", []), start=1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and source_of(cell).strip():
            yield position, cell


def _read(
    document: Mapping[str, Any], findings: list[Finding]
) -> Iterator[tuple[int, ast.Module | None, Scope | None]]:
    for position, cell in _code_cells(document):
        plain = plain_cell(source_of(cell), str(position))
        refused = [each for each in plain.findings if each.severity == "error"]
        first = refused or plain.findings
        if first or plain.stage is not None:
            findings.append(
                Finding(
                    code="agilab.ipython-syntax",
                    message="the cell has IPython syntax, which AGILAB takes for a mistake",
                    severity="error" if refused else "warning",
                    cell=str(position),
                    line=first[0].line if first else 1,
                    hint=refused[0].hint if refused else "export the notebook: that makes it plain Python",
                )
            )
        try:
            tree = ast.parse(plain.code)
        except (SyntaxError, ValueError, RecursionError) as error:
            findings.append(
                Finding(
                    code="agilab.syntax-error",
                    message=f"the cell is not Python: {getattr(error, 'msg', error)}",
                    cell=str(position),
                    line=getattr(error, "lineno", None),
                )
            )
            yield position, None, None
            continue
        yield position, tree, analyse(tree.body)


def _name_findings(report: CellReport, scope: Scope) -> Iterator[Finding]:
    def first(names: Sequence[str]) -> int:
        return min(scope.reads[name].line for name in names)

    if report.hidden:
        yield Finding(
            code="agilab.hidden-global",
            message=f"the cell uses what earlier cells define: {', '.join(report.hidden)}",
            severity="warning",
            key=report.hidden[0],
            cell=str(report.position),
            line=first(report.hidden),
            hint="import and set up in the cell what it needs, or read it from a file",
        )
    if report.missing:
        only_later = f"; below it are defined: {', '.join(report.later)}" if report.later else ""
        yield Finding(
            code="agilab.missing-name",
            message=f"nothing above the cell defines: {', '.join(report.missing)}{only_later}",
            key=report.missing[0],
            cell=str(report.position),
            line=first(report.missing),
            hint="import it, or define it above",
        )


def _role(tree: ast.Module, files: Files) -> Role:
    if files.outputs:
        return "export"
    if files.inputs:
        return "load"
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in calls}
    only_shows = all(isinstance(statement, ast.Expr) for statement in tree.body)
    return "scratch" if names and names <= _SHOWING and only_shows else "transform"


def _count_findings(cells: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    counts = [cell.get("execution_count") for cell in cells]
    present = [count for count in counts if isinstance(count, int)]
    hint = "restart the kernel and run all cells"
    if present and len(present) != len(counts):
        yield Finding(
            code="agilab.partial-execution-counts",
            message=f"only {len(present)} of {len(counts)} cells were run",
            severity="warning",
            hint=hint,
        )
    if present != sorted(present):
        yield Finding(
            code="agilab.execution-order-risk",
            message=f"the cells were run in another order than they stand: {', '.join(map(str, present))}",
            severity="warning",
            hint=hint,
        )
