"""Functions with a memory: closures and decorators that keep something from call to call."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.know.methods import MUTATING
from jupyter_agilab.migrate.prove.program import names_bound
from jupyter_agilab.migrate.prove.scene import every_argument
from jupyter_agilab.migrate.prove.state import Walk


def keeps_state(walk: Walk, name: str) -> bool:
    """Tell whether `name` was made by a function of the notebook that gives functions with a memory."""
    makers: list[str] = []
    binding = walk.scene.binding(name)
    made = binding.value if binding is not None else None
    if isinstance(made, ast.Call) and isinstance(made.func, ast.Name):
        makers.append(made.func.id)
    own = walk.scene.definition(name)
    for decorator in getattr(own.node, "decorator_list", []) if own is not None else []:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Name):
            makers.append(called.id)
    return any(_gives_memory(walk, maker) for maker in makers)


def _gives_memory(walk: Walk, maker: str) -> bool:
    """Tell whether a function of the notebook has functions inside that change names around them."""
    definition = walk.scene.definition(maker)
    if definition is None or isinstance(definition.node, ast.ClassDef | ast.Lambda):
        return False
    nested = [
        each
        for each in ast.walk(definition.node)
        if isinstance(each, ast.FunctionDef | ast.Lambda) and each is not definition.node
    ]
    for function in nested:
        own = {a.arg for a in every_argument(function.args)}
        own |= names_bound(function.body) if isinstance(function, ast.FunctionDef) else frozenset()
        for each in ast.walk(function):
            if isinstance(each, ast.Nonlocal):
                return True
            target: ast.expr | None = None
            if (
                isinstance(each, ast.Call)
                and isinstance(each.func, ast.Attribute)
                and each.func.attr in MUTATING
            ):
                target = each.func.value
            elif isinstance(each, ast.Subscript | ast.Attribute) and isinstance(each.ctx, ast.Store):
                target = each.value
            if isinstance(target, ast.Name) and target.id not in own:
                return True
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "next":
                return True
    return False
