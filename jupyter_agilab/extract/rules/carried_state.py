"""``total += x`` where ``total`` comes from outside: state that would travel from partition to partition."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit


def carried_state(unit: Unit) -> Iterator[Finding]:
    """Refuse updates of captured names in place: each partition starts from the same value."""
    for node in unit.nodes():
        name = _updated(node)
        if name is not None and unit.is_captured(name):
            yield unit.finding(
                node,
                "extract.carried-state",
                f"{name.id!r} comes from outside and is updated: partitions do not see each other's updates",
                hint="start with a value of the cell's own and return it; a reducer adds up",
                key=name.id,
            )


def _updated(node: ast.AST) -> ast.Name | None:
    match node:
        case ast.AugAssign(target=ast.Name() as name):
            return name
        case ast.Assign(targets=[ast.Name(id=target)], value=ast.BinOp(left=ast.Name() as name)) if (
            name.id == target
        ):
            return name
        case ast.Assign(targets=[ast.Name(id=target)], value=ast.BinOp(right=ast.Name() as name)) if (
            name.id == target
        ):
            return name
        case _:
            return None
