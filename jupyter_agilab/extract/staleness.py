"""Names whose code is not what the notebook shows: cells edited since, deleted, or run out of order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.captures import Resolver
from jupyter_agilab.extract.extraction import Capture
from jupyter_agilab.extract.history import Binding

_CODE_AND_DATA = frozenset({"function", "class", "parameter", "constant", "shared"})


def stale_names(resolver: Resolver) -> Iterator[Finding]:
    """Warn about each captured name that a run of the notebook from the top would not give as it is."""
    known = bool(resolver.context.cells)
    for capture in resolver.captures.values():
        if capture.becomes not in _CODE_AND_DATA:
            continue
        binding = resolver.history.last(capture.name)
        if binding is None:
            if known and capture.name in (resolver.context.namespace or {}):
                yield _finding(
                    resolver,
                    capture,
                    "extract.unknown-origin",
                    "no executed cell that is known defines it",
                    "define it in a cell, so that a new run of the notebook has it",
                )
            continue
        problem = _problem(resolver, binding)
        if problem:
            yield _finding(resolver, capture, *problem)
        if capture.becomes in {"function", "class"}:
            for cell, statement in resolver.history.changes_of(capture.name, binding):
                where = f"cell {cell.label}, line {statement.lineno}"
                message = f"{where} changes it after its definition, which is all that is copied"
                found = _finding(
                    resolver,
                    capture,
                    "extract.changed-later",
                    message,
                    "make the change part of the definition",
                )
                yield replace(found, severity="error")


def _problem(resolver: Resolver, binding: Binding) -> tuple[str, str, str] | None:
    context, cell = resolver.context, binding.cell
    cell_id = cell.executed.cell_id
    hint = "run the cells again from the top, then this one"
    if cell_id is not None and cell_id == context.cell_id:
        return (
            "extract.stale-edited",
            f"an earlier version of this cell (execution {cell.label}) defined it",
            hint,
        )
    later = [other for other in resolver.history.cells if other.position > cell.position]
    if cell_id is not None and any(other.executed.cell_id == cell_id for other in later):
        return (
            "extract.stale-edited",
            f"its cell was changed and run again since execution {cell.label}, without it",
            hint,
        )
    notebook = context.notebook_cells
    if notebook is None:
        return None
    if cell_id is None:
        if cell.executed.source not in notebook.values():
            return (
                "extract.stale-edited",
                f"the cell of execution {cell.label} is not in the notebook any more",
                hint,
            )
        return None
    if cell_id not in notebook:
        return (
            "extract.stale-deleted",
            f"the cell of execution {cell.label} that defines it was deleted",
            hint,
        )
    if notebook[cell_id].strip() != cell.executed.source.strip():
        return (
            "extract.stale-edited",
            f"the cell that defines it was edited since execution {cell.label}",
            hint,
        )
    order = list(notebook)
    if (
        context.cell_id is not None
        and context.cell_id in notebook
        and order.index(cell_id) > order.index(context.cell_id)
    ):
        hint = "move that cell above this one"
        return "extract.stale-order", f"a cell below this one defines it (execution {cell.label})", hint
    return None


def _finding(resolver: Resolver, capture: Capture, code: str, message: str, hint: str) -> Finding:
    return Finding(
        code=code,
        message=f"{capture.name!r}: {message}",
        severity="warning",
        key=capture.name,
        cell=resolver.cell.label,
        line=capture.line,
        column=capture.column,
        hint=hint,
    )
