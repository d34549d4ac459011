"""The node of a cell that a finding is about."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_agilab.migrate.convert.expression import is_expression_form
from jupyter_agilab.migrate.convert.names import stored
from jupyter_agilab.migrate.convert.step import CannotConvertError
from jupyter_agilab.migrate.convert.text import Source
from jupyter_agilab.migrate.finding import LoopFinding

_TYPES: dict[str, type[ast.expr]] = {
    "ListComp": ast.ListComp,
    "SetComp": ast.SetComp,
    "DictComp": ast.DictComp,
    "GeneratorExp": ast.GeneratorExp,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A loop or expression in a cell, the statement at the cell's top that holds it, and the function."""

    node: ast.For | ast.expr
    statement: ast.stmt
    function: ast.FunctionDef | None


def locate(source: Source, finding: LoopFinding) -> Place:
    """Find the node.

    Raises
    ------
    CannotConvertError
        The cell has changed, or the form is one that is not rewritten.
    """
    for statement in source.tree.body:
        if not statement.lineno <= finding.end_line or (statement.end_lineno or 0) < finding.line:
            continue
        for node, function in _walk(statement, None):
            if _is(node, finding, source):
                assert isinstance(node, ast.For | ast.expr)
                return Place(node, statement, function)
    raise CannotConvertError(
        f"a loop of the form `{finding.form}` is not rewritten; write it as a `for` loop or a comprehension"
    )


def _walk(
    node: ast.AST, function: ast.FunctionDef | None
) -> Iterator[tuple[ast.AST, ast.FunctionDef | None]]:
    yield node, function
    inner = node if isinstance(node, ast.FunctionDef) else function
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, inner)


def _is(node: ast.AST, finding: LoopFinding, source: Source) -> bool:
    line, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    if isinstance(node, ast.For):
        if line != finding.line or finding.form in _TYPES:
            return False
        return (
            not finding.iterable or _same(source.of(node.iter), finding.iterable) or last == finding.end_line
        )
    if not isinstance(node, ast.expr) or line < finding.line or (last or 0) > finding.end_line:
        return False
    kind = _TYPES.get(finding.form)
    if kind is not None:
        if not isinstance(node, kind):
            return False
        first = node.generators[0]  # type: ignore[attr-defined]  # all of these have them
        variables = stored([first.target])
        return not finding.variables or bool(variables & set(finding.variables))
    if finding.form in {"for", "while"} or not isinstance(node, ast.Call):
        return False
    return is_expression_form(node)


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())
