"""Writes into captured objects: each worker has its own copy, so the notebook never sees them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit

MUTATORS = frozenset(
    [
        "add",
        "append",
        "appendleft",
        "clear",
        "difference_update",
        "discard",
        "extend",
        "extendleft",
        "insert",
        "intersection_update",
        "pop",
        "popleft",
        "popitem",
        "put",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "symmetric_difference_update",
        "update",
        "write",
        "writelines",
        "writerow",
        "writerows",
    ]
)


_IN_CELL = "make it in the cell and return it; the reducer brings the partitions' results together"
_IN_FUNCTION = "let the function return it; to remember results, use functools.cache"


def captured_writes(unit: Unit) -> Iterator[Finding]:
    """Refuse item and attribute assignment, ``del`` and methods that change what came from outside."""
    for node in unit.nodes():
        found = _written(node)
        if found is None:
            continue
        name, what = found
        if not unit.is_captured(name, "parameter", "constant", "shared", "refused", "function", "class"):
            continue
        if unit.captured.get(name.id) in {"function", "class"} and not isinstance(
            node, ast.Attribute | ast.Subscript
        ):
            continue
        yield unit.finding(
            node,
            "extract.captured-write",
            f"{what} changes {name.id!r}, which comes from outside: nobody else sees the change",
            hint=_IN_CELL if unit.is_cell else _IN_FUNCTION,
            key=name.id,
        )


def _written(node: ast.AST) -> tuple[ast.Name, str] | None:
    match node:
        case ast.Call(func=ast.Attribute(value=target, attr=method)) if method in MUTATORS:
            name = _root(target)
            return (name, f"`.{method}(...)`") if name is not None else None
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=target):
            name = _root(target)
            return (name, "assigning an attribute") if name is not None else None
        case ast.Subscript(ctx=ast.Store() | ast.Del(), value=target):
            name = _root(target)
            return (name, "assigning an item") if name is not None else None
        case ast.Name(ctx=ast.Del()):
            return node, "`del`"
        case _:
            return None


def _root(node: ast.expr) -> ast.Name | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node if isinstance(node, ast.Name) else None
