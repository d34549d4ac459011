"""Pools, executors, Dask clients and bags, ipyparallel views: ``map`` and its relatives."""

from __future__ import annotations

import ast
import re

from jupyter_agilab.migrate.find.candidate import Candidate, Context, calling
from jupyter_agilab.migrate.find.mapped import _zipped

_METHODS = {
    "map": "map",
    "imap": "imap",
    "imap_unordered": "imap_unordered",
    "starmap": "starmap",
    "map_async": "map_async",
    "map_sync": "map",
    "starmap_async": "starmap",
    "uimap": "imap_unordered",
    "amap": "map_async",
}
_NAMED = re.compile(
    r"(^|_)(client|executor|exec|pool|view|lview|dview|bview|lbview|ex|tpe|ppe|workers|rc|mpi|cluster)(_|\d|$)|"
    r"(client|executor|pool|view)$",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"(Executor|Pool|Client|View|MPIPool|load_balanced_view|direct_view|from_sequence|get_client)\b"
)


def pool_map(node: ast.AST, context: Context) -> Candidate | None:
    """Match ``pool.map(f, items)`` of an object that, by its making or its name, runs things in parallel."""
    if isinstance(node, ast.Call) and _is_function(node.func) and len(node.args) >= 2:
        targets, body = calling(node.args[0], node)
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func).rpartition(".")[2]
        return Candidate(
            form=name,
            node=node,
            context=context,
            targets=targets,
            iterable=node.args[1],
            body=body,
            function=node.args[0],
            gives_value=True,
            is_parallel=True,
        )
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    method = node.func.attr
    if method not in _METHODS or not node.args:
        return None
    receiver = node.func.value
    kind = _kind(receiver, context)
    if not kind:
        return None
    function = node.args[0]
    if not isinstance(function, ast.Name | ast.Lambda | ast.Attribute | ast.Call):
        return None
    is_starmap = "starmap" in method
    if kind == "dask.bag":
        iterable: ast.expr | None = _of_bag(receiver, context)
        count = 1
    else:
        given = node.args[1:]
        if not given or any(isinstance(each, ast.Starred) for each in given):
            return None
        # Pool's methods take one iterable, then a chunk size
        count = 1 if kind == "Pool" or is_starmap else len(given)
        iterable = (
            given[0]
            if count == 1
            else _zipped(ast.copy_location(ast.Call(node.func, [function, *given], []), node))
        )
    targets, body = calling(function, node, count=count, starred=is_starmap)
    names = {
        "Pool": f"Pool.{method}",
        "executor": "executor.map",
        "client": "client.map",
        "view": "ipyparallel",
    }
    return Candidate(
        form=names.get(kind, kind),
        node=node,
        context=context,
        targets=targets,
        iterable=iterable,
        body=body,
        function=function,
        gives_value=True,
        is_parallel=True,
    )


def _is_function(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in {"process_map", "thread_map", "p_map", "p_umap", "p_uimap", "p_imap", "parallel_map"}


def _kind(node: ast.expr, context: Context) -> str:
    """Tell what runs the calls (``Pool``, ``client``, ``view``, ``dask.bag``, ...); empty for others."""
    text = ast.unparse(node)
    if isinstance(node, ast.Name):
        binding = context.scene.binding(node.id)
        if binding is not None and binding.value is not None and binding.role in {"assigned", "entered"}:
            text = f"{text} {ast.unparse(binding.value)}"
            if not _MADE.search(text) and not _NAMED.search(node.id):
                return ""
    last = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if not _MADE.search(text) and not (last and _NAMED.search(last)):
        return ""
    if "from_sequence" in text:
        return "dask.bag"
    if "iew" in text or re.match(r"(rc|dv|lv)\b", text):
        return "view"
    if "Executor" in text or "exec" in text.lower() or last.startswith("ex"):
        return "executor"
    if "lient" in text:
        return "client"
    return "Pool"


def _of_bag(node: ast.expr, context: Context) -> ast.expr | None:
    if isinstance(node, ast.Name):
        binding = context.scene.binding(node.id)
        node = binding.value if binding is not None and binding.value is not None else node
    for each in ast.walk(node):
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr == "from_sequence"
        ):
            return each.args[0] if each.args else None
    return None
