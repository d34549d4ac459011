"""Recognises the ways in which loops gather results, which can be merged item by item afterwards.

Each way needs that the name is not the iteration's own and that the gathered value does not read it.
"""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.finding import How
from jupyter_agilab.migrate.know.words import words
from jupyter_agilab.migrate.prove import choices, expressions
from jupyter_agilab.migrate.prove.names import full_name
from jupyter_agilab.migrate.prove.reductions import is_gathered, reads, reduce
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import Value

_APPENDING: dict[str, How] = {"append": "append", "extend": "extend", "add": "set", "update": "update"}
_CONCATENATING = frozenset(
    words(
        """
    pandas.concat polars.concat numpy.append numpy.concatenate numpy.vstack numpy.hstack numpy.dstack
    numpy.stack numpy.row_stack numpy.column_stack torch.cat xarray.concat geopandas.pd.concat numpy.r_
    tensorflow.concat
"""
    )
)
_GREATEST = frozenset({"max", "numpy.maximum", "numpy.max", "numpy.fmax", "torch.maximum"})
_LEAST = frozenset({"min", "numpy.minimum", "numpy.min", "numpy.fmin", "torch.minimum"})
_INDEXERS = frozenset({"loc", "iloc", "at", "iat"})
_NUMBERS = frozenset(
    {"int", "float", "number", "bool", "array", "frame", "series", "tensor", "xarray", "date"}
)
_GATHERING_KINDS = frozenset(
    {"", "list", "set", "dict", "array", "frame", "series", "tuple", "tensor", "xarray", "iterator"}
)


def gathers(walk: Walk, node: ast.stmt) -> bool:
    """Note a known way of gathering; False where the statement is none and must be walked as it is."""
    if walk.is_function and not walk.scene.frames:
        return False
    match node:
        case ast.AugAssign(target=ast.Name() as counted):
            return _counted(walk, node, counted)
        case ast.AugAssign(target=ast.Subscript() as entry):
            return _counted_by_key(walk, node, entry)
        case ast.Assign(targets=[ast.Name() as name]):
            return _rebound(walk, node, name)
        case ast.Assign() if any(isinstance(target, ast.Subscript) for target in node.targets):
            return _by_key(walk, node)
        case ast.Expr(value=ast.Call(func=ast.Attribute()) as call):
            return _appended(walk, node, call)
        case ast.If():
            return (
                choices.best_so_far(walk, node)
                or choices.first_or_joined(walk, node, gathers)
                or choices.new_entry(walk, node)
            )
        case _:
            return False


def _counted(walk: Walk, node: ast.AugAssign, name: ast.Name, place: ast.stmt | None = None) -> bool:
    if not is_gathered(walk, name.id) or reads(node.value, name.id):
        return False
    start = expressions.outer_kind(walk, name.id).kind
    text = ast.unparse(node.value)
    place = place or node
    if isinstance(node.op, ast.Add | ast.Sub):
        added = walk.value(node.value)
        sign = "-" if isinstance(node.op, ast.Sub) else ""
        if isinstance(node.op, ast.Add) and (start == "str" or (not start and added.kind == "str")):
            return reduce(walk, name.id, "text", place, value=text, kind="str")
        if isinstance(node.op, ast.Add) and (start == "list" or (not start and added.kind == "list")):
            return reduce(walk, name.id, "extend", place, value=text, kind=added.kind)
        if start in {"tuple", "object", "axes"} or start.startswith(("lib:", "object:")):
            return False
        is_step = isinstance(node.value, ast.Constant) and isinstance(node.value.value, int)
        how: How = "count" if is_step and start in {"int", ""} else "add"
        return reduce(walk, name.id, how, place, value=f"{sign}({text})" if sign else text, kind=added.kind)
    if isinstance(node.op, ast.BitOr | ast.BitAnd):
        added = walk.value(node.value)
        if isinstance(node.op, ast.BitOr) and start in {"set", "dict"}:
            return reduce(walk, name.id, "update", place, value=text, kind=start)
        if start == "bool" or added.kind == "bool":
            how = "any" if isinstance(node.op, ast.BitOr) else "all"
            return reduce(walk, name.id, how, place, value=text, kind="bool")
        walk.note("read", name.id, node, is_stale=True)
        walk.bind(name.id, added, node)
        return True
    return False


def _counted_by_key(walk: Walk, node: ast.AugAssign, target: ast.Subscript) -> bool:
    base = _outer_base(walk, target)
    if base is None or not isinstance(node.op, ast.Add | ast.Sub):
        return False
    name, key = base
    if reads(node.value, name) or reads(target.slice, name):
        return False
    mark = expressions.entry_key(walk, target)
    if mark is not None and mark in walk.definite:
        walk.value(node.value)
        return True
    if isinstance(target.value, ast.Name):
        start = expressions.outer_kind(walk, name).kind
        walk.value(target.slice)
        added = walk.value(node.value)
        how: How = "add"
        if added.kind in {"list", "str"} and start in {"dict", "list", ""}:
            how = "extend" if added.kind == "list" else "text"
        sign = "-" if isinstance(node.op, ast.Sub) else ""
        text = ast.unparse(node.value)
        return reduce(
            walk, name, how, node, key=key, value=f"{sign}({text})" if sign else text, kind=added.kind
        )
    return False


def _outer_base(walk: Walk, target: ast.Subscript) -> tuple[str, str] | None:
    """Give the outer name and the text of the key of ``name[key]``, ``name.loc[key]`` or ``name[a][b]``."""
    keys = [ast.unparse(target.slice)]
    node = target.value
    while isinstance(node, ast.Subscript):
        keys.append(ast.unparse(node.slice))
        node = node.value
    if isinstance(node, ast.Attribute) and node.attr in _INDEXERS and len(keys) == 1:
        keys[0] = f".{node.attr}[{keys[0]}]"
        node = node.value
    if not isinstance(node, ast.Name) or not is_gathered(walk, node.id):
        return None
    return node.id, "][".join(reversed(keys))


def _rebound(walk: Walk, node: ast.Assign, target: ast.Name) -> bool:
    name = target.id
    if not is_gathered(walk, name) or not reads(node.value, name):
        return False
    value = node.value
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub | ast.BitOr | ast.BitAnd):
        other = value.right if _is_name(value.left, name) else None
        if other is None and isinstance(value.op, ast.Add) and _is_name(value.right, name):
            # `x = new + x` puts the new part in front, unless they are numbers
            if expressions.outer_kind(walk, name).kind not in _NUMBERS:
                return False
            other = value.left
        if other is None or reads(other, name):
            return False
        start = expressions.outer_kind(walk, name).kind
        if isinstance(value.op, ast.Add) and start == "tuple":
            return False
        same = ast.copy_location(ast.AugAssign(ast.Name(name, ast.Store()), value.op, other), node)
        return _counted(walk, ast.fix_missing_locations(same), target, node)
    if isinstance(value, ast.BoolOp) and any(_is_name(each, name) for each in value.values):
        others = [each for each in value.values if not _is_name(each, name)]
        if len(others) == 1 and not reads(others[0], name):
            if not _is_name(value.values[0], name) or True:
                walk.value(others[0])
            how: How = "any" if isinstance(value.op, ast.Or) else "all"
            return reduce(walk, name, how, node, value=ast.unparse(others[0]), kind="bool")
    if isinstance(value, ast.Call):
        return _extreme(walk, node, name, value) or _joined(walk, node, name, value)
    return False


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _extreme(walk: Walk, node: ast.stmt, name: str, call: ast.Call) -> bool:
    path = full_name(walk, call.func)
    if path not in _GREATEST | _LEAST or len(call.args) != 2 or call.keywords:
        return False
    others = [each for each in call.args if not _is_name(each, name)]
    if len(others) != 1 or reads(others[0], name):
        return False
    value = walk.value(others[0])
    how: How = "max" if path in _GREATEST else "min"
    return reduce(walk, name, how, node, value=ast.unparse(others[0]), kind=value.kind)


def _joined(walk: Walk, node: ast.stmt, name: str, call: ast.Call) -> bool:
    """Match ``name = concat([name, part])``, ``name = name.append(part)`` and their like."""
    if isinstance(call.func, ast.Attribute) and _is_name(call.func.value, name):
        if call.func.attr not in {"append", "vstack", "union", "concatenate"} or len(call.args) != 1:
            return False
        if reads(call.args[0], name):
            return False
        value = walk.value(call.args[0])
        for keyword in call.keywords:
            walk.value(keyword.value)
        how: How = "update" if call.func.attr == "union" else "concat"
        return reduce(walk, name, how, node, value=ast.unparse(call.args[0]), kind=value.kind)
    if full_name(walk, call.func) not in _CONCATENATING or not call.args:
        return False
    first = call.args[0]
    several = list(first.elts) if isinstance(first, ast.List | ast.Tuple) else list(call.args[:2])
    if len(several) < 2 or not _is_name(several[0], name):
        return False
    rest = several[1:]
    if any(reads(each, name) for each in (*rest, *(k.value for k in call.keywords))):
        return False
    kinds = [walk.value(each).kind for each in rest]
    for keyword in call.keywords:
        walk.value(keyword.value)
    return reduce(walk, name, "concat", node, value=", ".join(ast.unparse(e) for e in rest), kind=kinds[0])


def _by_key(walk: Walk, node: ast.Assign) -> bool:
    bases = [_outer_base(walk, t) if isinstance(t, ast.Subscript) else None for t in node.targets]
    if not all(bases):
        return False
    found: list[tuple[ast.Subscript, str, str]] = []
    for target, base in zip(node.targets, bases, strict=True):
        if isinstance(target, ast.Subscript) and base is not None:
            found.append((target, *base))
    for target, name, _ in found:
        if expressions.outer_kind(walk, name).kind.startswith(
            ("axes", "figure", "lib:", "object:", "handle")
        ):
            return False
        if full_name(walk, target.value) is not None:
            return False
    value = walk.value(node.value)
    for target, name, key in found:
        mark = expressions.entry_key(walk, target)
        inner: ast.expr = target.value
        parent_marks: list[str | None] = []
        while isinstance(inner, ast.Subscript):
            parent_marks.append(expressions.entry_key(walk, inner))
            inner = inner.value
        if any(each is not None and each in walk.definite for each in parent_marks):
            # part of an entry that this iteration made
            walk.value(target.slice)
            continue
        grows = f"len({name})" in ast.unparse(target.slice) or f"{name}.shape[0]" in ast.unparse(target.slice)
        if grows:
            reduce(walk, name, "append", node, key=key, value=ast.unparse(node.value), kind=value.kind)
            continue
        for each in (target.slice, *_keys_of(target)):
            walk.value(each)
        own_kind = expressions.outer_kind(walk, name).kind
        how: How = "column" if own_kind == "frame" or key.startswith(".") else "item"
        reduce(walk, name, how, node, key=key, value=ast.unparse(node.value), kind=value.kind)
        if mark is not None and not parent_marks:
            walk.definite.add(mark)
            walk.env[mark] = Value(value.kind, value.roots, value.inside, True)
    return True


def _keys_of(target: ast.Subscript) -> list[ast.expr]:
    keys: list[ast.expr] = []
    node = target.value
    while isinstance(node, ast.Subscript):
        keys.append(node.slice)
        node = node.value
    return keys


def _appended(walk: Walk, node: ast.stmt, call: ast.Call) -> bool:
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr not in _APPENDING or len(call.args) > 1:
        return False
    how = _APPENDING[func.attr]
    receiver = func.value
    key = ""
    if (
        isinstance(receiver, ast.Call)
        and isinstance(receiver.func, ast.Attribute)
        and receiver.func.attr == "setdefault"
    ):
        if not receiver.args:
            return False
        inner: ast.expr = receiver.func.value
        for each in receiver.args:
            walk.value(each)
        key = ast.unparse(receiver.args[0])
    elif isinstance(receiver, ast.Subscript):
        base = _outer_base(walk, receiver)
        if base is None:
            return False
        mark = expressions.entry_key(walk, receiver)
        if mark is not None and mark in walk.definite:
            walk.value(receiver.slice)
            for each in call.args:
                walk.value(each)
            return not walk.env.get(mark, Value()).roots
        inner, key = ast.Name(base[0], ast.Load()), base[1]
        for each in (receiver.slice, *_keys_of(receiver)):
            walk.value(each)
    else:
        inner = receiver
    if not isinstance(inner, ast.Name) or not is_gathered(walk, inner.id):
        return False
    name = inner.id
    known = expressions.outer_kind(walk, name).kind
    if known not in _GATHERING_KINDS or (func.attr in {"add", "update"} and known not in {"", "set", "dict"}):
        return False
    if known in {"frame", "series", "array"} or full_name(walk, inner) is not None:
        return False
    if (
        not known
        and func.attr in {"add", "update"}
        and not key
        and not walk.scene.is_parameter(name)
        and "Counter" not in _made_by(walk, name)
    ):
        return False
    if any(reads(each, name) for each in (*call.args, *(k.value for k in call.keywords))):
        # what is added depends on what is there: the rule for results that are read tells it
        walk.note("read", name, node)
    values = [walk.value(each) for each in (*call.args, *(k.value for k in call.keywords))]
    text = ", ".join(
        [*(ast.unparse(a) for a in call.args), *(f"{k.arg}={ast.unparse(k.value)}" for k in call.keywords)]
    )
    kind = values[0].kind if values else ""
    if kind == "handle" or (values and values[0].kind == "future"):
        kind = values[0].kind
    return reduce(walk, name, how, node, key=key, value=text, kind=kind)


def _made_by(walk: Walk, name: str) -> str:
    binding = walk.scene.binding(name)
    return ast.unparse(binding.value) if binding is not None and binding.value is not None else ""
