"""Which names a statement binds, and small facts about names in syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


def dotted(node: ast.expr) -> str | None:
    """Give ``a.b.c`` for a chain of attributes on a name, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def bindings(node: ast.AST) -> Iterator[str]:
    """Give the names that `node` binds in its own scope: nested blocks included, nested scopes not."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        for outer in evaluated_outside(node):
            yield from bindings(outer)
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (bound_name(alias) for alias in node.names if alias.name != "*")
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    comprehension = isinstance(node, Comprehension)
    for child in ast.iter_child_nodes(node):
        yield from _walrus_targets(child) if comprehension else bindings(child)


def bound_name(alias: ast.alias) -> str:
    """Give the name that one part of an import statement binds."""
    return alias.asname or alias.name.partition(".")[0]


def _walrus_targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.NamedExpr):
        yield node.target.id
    if not isinstance(node, ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _walrus_targets(child)


def evaluated_outside(node: AnyFunction | ast.ClassDef) -> list[ast.expr]:
    """Give the parts of a definition that are evaluated where it stands."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    arguments = node.args
    return [*node.decorator_list, *arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]


def same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Walk `node` without entering nested functions, lambdas and classes."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from same_scope(child)
