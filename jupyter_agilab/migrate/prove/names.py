"""The full names of functions and attributes of modules."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.prove.scene import BUILTINS
from jupyter_agilab.migrate.prove.state import Walk


def full_name(walk: Walk, node: ast.expr) -> str | None:
    """Give ``numpy.mean`` for ``np.mean``, ``len`` for the builtin; None for other things."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    name = node.id
    if walk.is_local(name):
        known = walk.env.get(name)
        root = known.kind.removeprefix("module:") if known and known.kind.startswith("module:") else None
    elif name in walk.bound and name not in walk.outer_names:
        return None
    else:
        root = walk.scene.imported(name)
        if root is None and not walk.scene.is_known(name) and name in BUILTINS:
            root = name
        if root is None and not walk.scene.is_known(name):
            root = _usual(name)
    return None if root is None else ".".join([root, *reversed(parts)])


def _usual(name: str) -> str | None:
    """Give what a name that nobody imports usually stands for, where a star import may bring it."""
    return {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "os": "os", "sns": "seaborn"}.get(name)
