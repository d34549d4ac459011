"""pandarallel, swifter, mapply: ``table.parallel_apply(f, axis=1)``, ``table.swifter.apply(f)``."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.find.candidate import Candidate, Context, calling

_METHODS = frozenset({"parallel_apply", "parallel_map", "parallel_applymap", "mapply"})


def parallel_apply(node: ast.AST, context: Context) -> Candidate | None:
    """Match the methods of the libraries that run ``apply`` in parallel."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
        return None
    receiver = node.func.value
    is_swifter = isinstance(receiver, ast.Attribute) and receiver.attr == "swifter"
    if node.func.attr not in _METHODS and not (is_swifter and node.func.attr in {"apply", "applymap"}):
        return None
    function = node.args[0]
    if isinstance(function, ast.Constant):
        return None
    table = receiver.value if is_swifter and isinstance(receiver, ast.Attribute) else receiver
    targets, body = calling(function, node)
    is_rows = any(
        k.arg == "axis" and isinstance(k.value, ast.Constant) and k.value.value in {1, "columns"}
        for k in node.keywords
    )
    return Candidate(
        form="swifter" if is_swifter else "pandarallel",
        node=node,
        context=context,
        targets=targets,
        iterable=table,
        body=body,
        function=function,
        gives_value=True,
        is_parallel=True,
        item_kind="series" if is_rows else "",
        others=tuple(keyword.value for keyword in node.keywords),
    )
