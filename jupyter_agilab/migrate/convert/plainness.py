"""Whether JSON certainly gives a value back as it is: told from the code that makes it."""

from __future__ import annotations

import ast
from collections.abc import Mapping

_PLAIN_CALLS = frozenset({"len", "int", "float", "str", "bool", "repr", "ord", "hash", "id"})


def is_plain(
    node: ast.expr, known: Mapping[str, ast.expr] | None = None, *, shadowed: frozenset[str]
) -> bool:
    """Tell whether an expression gives text, a number, None, or lists and dictionaries of these.

    Parameters
    ----------
    known
        Names with the one expression that each is assigned.
    shadowed
        Names that mean something else than Python's own functions.
    """
    known = known or {}

    def plain(part: ast.expr, depth: int = 0) -> bool:
        match part:
            case ast.Constant(value=value):
                return value is None or type(value) in (str, int, float, bool)
            case ast.JoinedStr():
                return True
            case ast.List(elts=items):
                return all(plain(item, depth) for item in items)
            case ast.Dict(keys=keys, values=values):
                texts = all(
                    isinstance(k, ast.Constant) and type(k.value) is str and k.value != "$" for k in keys
                )
                return texts and all(plain(value, depth) for value in values)
            case ast.Call(func=ast.Name(id=name)):
                return name in _PLAIN_CALLS and name not in shadowed
            case ast.Name(id=name) if name in known and depth < 5:
                # what holds others may be changed by a function that it is handed to
                held = known[name]
                return not isinstance(held, ast.List | ast.Dict) and plain(held, depth + 1)
            case ast.IfExp(body=body, orelse=other):
                return plain(body, depth) and plain(other, depth)
            case ast.UnaryOp(op=ast.Not()):
                return True
            case ast.UnaryOp(operand=operand):
                return plain(operand, depth)
            case ast.BinOp(left=left, right=right, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()):
                return plain(left, depth) and plain(right, depth)
            case _:
                return False

    return plain(node)


def only_values(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """Give the names that one assignment binds in a body, at its top level, and nothing changes in place."""
    bound: dict[str, list[ast.expr | None]] = {}
    for node in (inner for statement in body for inner in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            bound.setdefault(node.id, []).append(None)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            # a method may change it
            bound.setdefault(node.value.id, []).append(None)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
        ):
            bound.setdefault(node.value.id, []).append(None)
    return {
        statement.targets[0].id: statement.value
        for statement in body
        if isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and len(bound.get(statement.targets[0].id, [])) == 1
    }
