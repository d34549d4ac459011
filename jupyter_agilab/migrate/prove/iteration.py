"""What the items of an iterable are."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.prove.items import count_items
from jupyter_agilab.migrate.prove.names import full_name
from jupyter_agilab.migrate.prove.progress import is_progress
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import IMMUTABLE, Value, container

THROUGH = frozenset({"sorted", "reversed", "list", "tuple", "set", "iter", "frozenset"})


def element(walk: Walk, node: ast.expr) -> Value:
    """Give what one item of `node` may be; evaluates the iterable."""
    if isinstance(node, ast.Call):
        path = full_name(walk, node.func)
        found = _of_call(walk, node, path)
        if found is not None:
            return found
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and node.elts:
        several = [walk.value(each) for each in node.elts]
        first = several[0]
        kinds = {each.kind for each in several}
        kind = kinds.pop() if len(kinds) == 1 else "const" if all(k in IMMUTABLE for k in kinds) else ""
        reach = frozenset().union(*(each.reach for each in several))
        parts = None
        if first.parts is not None and all(e.parts and len(e.parts) == len(first.parts) for e in several):
            parts = tuple(_varying(part) for part in first.parts)
        return Value(kind, reach, reach, varies=True, parts=parts)
    return items_of(walk, walk.value(node), node)


def _varying(value: Value) -> Value:
    return Value(value.kind, value.roots, value.inside, True, value.parts)


def items_of(walk: Walk, iterable: Value, node: ast.expr | None = None) -> Value:
    """Give what one item of a known iterable may be."""
    kind = iterable.kind
    if kind == "range":
        return Value("int", varies=True)
    if kind in {"str", "text"}:
        return Value("str", varies=True)
    if kind in {"dates", "date"}:
        return Value("date", varies=True)
    if kind == "path":
        return Value("path", varies=True)
    if kind in {"frame", "index"}:
        return Value("str", varies=True)
    if kind == "groupby":
        return Value("tuple", varies=True, parts=(Value("const", varies=True), Value("frame", varies=True)))
    if kind in {"handle", "iterator"} and iterable.roots and node is not None:
        walk.note("mutate", sorted(iterable.roots)[0], node, detail="goes through it", depth=0)
    if kind == "handle":
        return Value("str", varies=True)
    if kind == "series":
        return Value("", varies=True)
    literal = _literal_items(walk, node)
    if literal is not None:
        return literal
    part = iterable.part()
    return Value("axes" if kind == "axes" else "", part.roots, part.inside, True)


def _literal_items(walk: Walk, node: ast.expr | None) -> Value | None:
    if not isinstance(node, ast.Name) or walk.is_local(node.id):
        return None
    binding = walk.scene.binding(node.id)
    if binding is None or binding.role != "assigned" or binding.value is None:
        return None
    if isinstance(binding.value, ast.List | ast.Tuple | ast.Set):
        if all(_is_constant(each) for each in binding.value.elts) and binding.value.elts:
            return element(walk, binding.value)
        return None
    if isinstance(binding.value, ast.Dict) and all(
        key is not None and _is_constant(key) for key in binding.value.keys
    ):
        return Value("const", varies=True)
    if isinstance(binding.value, ast.Call | ast.ListComp):
        found = _fresh_source(walk, binding.value)
        if found is not None:
            return found
    return None


def _fresh_source(walk: Walk, node: ast.expr) -> Value | None:
    """Give the items of an iterable that is made of numbers, texts or paths."""
    if isinstance(node, ast.ListComp):
        if isinstance(node.elt, ast.Constant | ast.JoinedStr):
            return Value("str", varies=True)
        return None
    path = full_name(walk, node.func) if isinstance(node, ast.Call) else None
    if path in {"sorted", "list", "tuple", "set"} and isinstance(node, ast.Call) and node.args:
        return _fresh_source(walk, node.args[0])
    if path in {"glob.glob", "glob.iglob", "os.listdir"}:
        return Value("str", varies=True)
    if path in {"numpy.linspace", "numpy.arange", "numpy.logspace", "numpy.geomspace", "range"}:
        return Value("number", varies=True)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in {"glob", "rglob", "iterdir"}:
            return Value("path", varies=True)
        if node.func.attr == "split":
            return Value("str", varies=True)
        if node.func.attr in {"unique", "tolist"}:
            return Value("const", varies=True)
    return None


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(_is_constant(each) for each in node.elts)
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    return isinstance(node, ast.Constant | ast.JoinedStr)


def _of_call(walk: Walk, node: ast.Call, path: str | None) -> Value | None:
    args = node.args
    if path == "range" or (path or "").rpartition(".")[2] == "trange":
        for each in args:
            walk.value(each)
        return Value("int", varies=True)
    if (path in THROUGH or is_progress(path)) and args:
        for keyword in node.keywords:
            walk.value(keyword.value)
        return element(walk, args[0])
    if path == "enumerate" and args:
        for each in args[1:]:
            walk.value(each)
        return container("tuple", [Value("int", varies=True), element(walk, args[0])])
    if path in {"zip", "itertools.product", "itertools.zip_longest"} and args:
        if any(isinstance(each, ast.Starred) for each in args):
            return items_of(walk, container("list", [walk.value(each) for each in args])).part()
        return container("tuple", [element(walk, each) for each in args])
    if path == "os.walk":
        for each in args:
            walk.value(each)
        return container(
            "tuple", [Value("str", varies=True), Value("list", varies=True), Value("list", varies=True)]
        )
    if path in {"glob.glob", "glob.iglob", "os.listdir"}:
        for each in args:
            walk.value(each)
        return Value("str", varies=True)
    if isinstance(node.func, ast.Attribute):
        return _of_method(walk, node, node.func)
    return None


def _of_method(walk: Walk, node: ast.Call, func: ast.Attribute) -> Value | None:
    name = func.attr
    if name in {"iterrows", "itertuples", "iter_rows", "groupby", "group_by", "iteritems"}:
        base = walk.value(func.value)
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            walk.value(each)
        row = Value("frame" if "group" in name else "series" if name == "iterrows" else "", varies=True)
        if base.kind == "module:itertools":
            return container("tuple", [Value("const", varies=True), Value("iterator", varies=True)])
        if name in {"itertuples", "iter_rows"}:
            return row
        return container("tuple", [Value("const", varies=True), row])
    if name in {"items", "iteritems"} and not node.args:
        base = walk.value(func.value)
        part = _entry_value(walk, func.value, base)
        return container("tuple", [Value("const", varies=True), part])
    if name == "keys" and not node.args:
        walk.value(func.value)
        return Value("const", varies=True)
    if name == "values" and not node.args:
        return _entry_value(walk, func.value, walk.value(func.value))
    if name in {"unique", "tolist"}:
        walk.value(func)
        return Value("const", varies=True)
    if name in {"glob", "rglob", "iterdir"}:
        walk.value(func.value)
        for each in node.args:
            walk.value(each)
        return Value("path", varies=True)
    if (
        name in {"split", "splitlines"}
        and walk.value(func.value).kind in {"str", "text", ""}
        and not _is_splitter(node)
    ):
        return Value("str", varies=True)
    return None


def _is_splitter(node: ast.Call) -> bool:
    """Tell ``KFold().split(X)`` from a string's ``split``."""
    return bool(node.args) and not all(isinstance(each, ast.Constant) for each in node.args)


def _entry_value(walk: Walk, node: ast.expr, base: Value) -> Value:
    if base.kind == "frame":
        return Value("series", base.roots, base.inside, True)
    if isinstance(node, ast.Name) and not walk.is_local(node.id):
        binding = walk.scene.binding(node.id)
        if binding is not None and isinstance(binding.value, ast.Dict) and binding.role == "assigned":
            values = binding.value.values
            if values and all(_is_constant(each) for each in values):
                return Value("const", varies=True)
    part = base.part()
    return Value("", part.roots, part.inside, True)


def steady(value: Value) -> Value:
    """Give the same value, known not to differ between the iterations of the outer loop."""
    parts = value.parts and tuple(steady(part) for part in value.parts)
    return Value(value.kind, value.roots, value.inside, False, parts)


_LONG = 100
"""Rounds of a loop inside one item's work from which on that work is no longer tiny."""


def is_long(walk: Walk, node: ast.expr) -> bool:
    """Tell whether a loop inside the body has many rounds, or as many as a parameter says."""
    if not isinstance(node, ast.Call) or full_name_of(walk, node) not in {"range", "tqdm.trange"}:
        return False
    count = count_items(walk.scene, node)
    if count is not None:
        return count >= _LONG
    return all(isinstance(each, ast.Name | ast.Constant) for each in node.args) and not any(
        isinstance(each, ast.Name) and walk.is_local(each.id) and not walk.is_function for each in node.args
    )


def full_name_of(walk: Walk, node: ast.Call) -> str | None:
    """Give the full name of the function that a call calls."""
    return full_name(walk, node.func)


def is_surely_filled(walk: Walk, node: ast.expr) -> bool:
    """Tell whether an iterable is seen to have at least one item."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return bool(node.elts) and not any(isinstance(each, ast.Starred) for each in node.elts)
    if isinstance(node, ast.Name) and not walk.is_local(node.id) and node.id not in walk.bound:
        several = walk.scene.bindings(node.id)
        return (
            len(several) == 1
            and isinstance(several[0].value, ast.List | ast.Tuple)
            and several[0].role == "assigned"
            and is_surely_filled(walk, several[0].value)
        )
    if isinstance(node, ast.Call):
        path = full_name(walk, node.func)
        if path == "range" and node.args and all(isinstance(each, ast.Constant) for each in node.args):
            numbers = [each.value for each in node.args if isinstance(each, ast.Constant)]
            try:
                return len(range(*numbers)) > 0  # type: ignore[arg-type]  # a wrong literal raises TypeError
            except (TypeError, ValueError, OverflowError):
                return False
        if (path in {"enumerate", "sorted", "reversed", "list"} or is_progress(path)) and node.args:
            return is_surely_filled(walk, node.args[0])
        if path == "zip" and node.args:
            return all(is_surely_filled(walk, each) for each in node.args)
    return False


__all__ = ["element", "is_progress", "is_surely_filled", "items_of"]
