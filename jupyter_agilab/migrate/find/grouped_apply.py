"""``table.groupby(...).apply(f)``: one call per group of rows."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.find.candidate import Candidate, Context, calling

_APPLYING = frozenset({"apply", "map_groups", "apply_parallel", "progress_apply", "parallel_apply", "pipe"})


def grouped_apply(node: ast.AST, context: Context) -> Candidate | None:
    """Match ``apply`` on a grouped table; aggregations by a library's own name are no candidates."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
        return None
    if node.func.attr not in _APPLYING - {"pipe"}:
        return None
    grouping = grouping_call(node.func.value, context)
    function = node.args[0]
    if grouping is None or isinstance(function, ast.Constant):
        return None
    targets, body = calling(function, node)
    return Candidate(
        form="groupby-apply",
        node=node,
        context=context,
        targets=targets,
        iterable=grouping,
        body=body,
        function=function,
        gives_value=True,
        item_kind="frame" if isinstance(node.func.value, ast.Call | ast.Name) else "series",
        others=tuple(node.args[1:]) + tuple(keyword.value for keyword in node.keywords),
        is_parallel=node.func.attr == "parallel_apply",
    )


def grouping_call(node: ast.expr, context: Context) -> ast.expr | None:
    """Give the ``.groupby(...)`` that an expression is made of, through attributes, subscripts and a name."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        binding = context.scene.binding(node.id)
        if (
            binding is None
            or binding.value is None
            or binding.role != "assigned"
            or isinstance(binding.value, ast.Name)
        ):
            return None
        return grouping_call(binding.value, context)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in {"groupby", "group_by"}:
            return node
        if node.func.attr in {"rolling", "resample", "expanding", "progress_apply"}:
            return None
    return None
