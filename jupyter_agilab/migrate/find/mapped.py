"""The builtin ``map`` and ``itertools.starmap``."""

from __future__ import annotations

import ast
import builtins

from jupyter_agilab.migrate.find.candidate import Candidate, Context, calling


def mapped(node: ast.AST, context: Context) -> Candidate | None:
    """Match ``map(f, items, ...)`` with a function that is no builtin type."""
    if not isinstance(node, ast.Call) or len(node.args) < 2 or node.keywords:
        return None
    func = node.func
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    is_map = isinstance(func, ast.Name) and name == "map" and not context.scene.is_known("map")
    if not is_map and not (
        name == "starmap" and context.scene.imported("starmap" if isinstance(func, ast.Name) else "itertools")
    ):
        return None
    function = node.args[0]
    if (
        isinstance(function, ast.Name)
        and hasattr(builtins, function.id)
        and not context.scene.is_known(function.id)
    ):
        return None
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in {"str", "int"}
    ):
        return None
    if any(isinstance(each, ast.Starred) for each in node.args):
        return None
    count = len(node.args) - 1
    targets, body = calling(function, node, count=count, starred=name == "starmap")
    iterable = node.args[1] if count == 1 else _zipped(node)
    return Candidate(
        form="map" if is_map else "starmap",
        node=node,
        context=context,
        targets=targets,
        iterable=iterable,
        body=body,
        function=function,
        gives_value=True,
    )


def _zipped(node: ast.Call) -> ast.expr:
    made = ast.Call(ast.Name("zip", ast.Load()), list(node.args[1:]), [])
    for each in ast.walk(made):
        if isinstance(each, ast.expr) and not hasattr(each, "lineno"):
            ast.copy_location(each, node)
    return made
