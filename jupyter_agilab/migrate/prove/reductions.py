"""What all ways of gathering have in common: whose name it is, and how one is noted."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.finding import How
from jupyter_agilab.migrate.prove.state import Walk


def is_gathered(walk: Walk, name: str) -> bool:
    """Tell whether `name` is not the iteration's own, nor a module."""
    return not walk.is_local(name) and walk.scene.imported(name) is None


def reads(node: ast.AST | None, name: str) -> bool:
    """Tell whether code mentions `name`."""
    return node is not None and any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


def reduce(
    walk: Walk,
    name: str,
    how: How,
    node: ast.AST,
    *,
    key: str = "",
    value: str = "",
    score: str = "",
    kind: str = "",
) -> bool:
    """Note a way of gathering; gives True, for the caller to hand on."""
    walk.note("reduce", name, node, how=how, key=key, value=value, score=score, kinds=kind)
    return True
