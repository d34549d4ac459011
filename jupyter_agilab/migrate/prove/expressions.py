"""What an expression may be, and what evaluating it does."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.prove import iteration
from jupyter_agilab.migrate.prove.events import Record
from jupyter_agilab.migrate.prove.names import full_name
from jupyter_agilab.migrate.prove.program import Binding
from jupyter_agilab.migrate.prove.scene import annotated_kind, every_argument
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import Value, container, join

_TABLES = frozenset({"frame", "series"})
_INDEXERS = frozenset({"loc", "iloc", "at", "iat"})
_ATTRIBUTE_KINDS = {
    "shape": "tuple",
    "columns": "list",
    "index": "index",
    "values": "array",
    "T": "",
    "name": "str",
    "size": "int",
    "ndim": "int",
    "dtype": "const",
    "stem": "str",
    "suffix": "str",
    "parent": "path",
    "year": "number",
    "month": "number",
    "day": "number",
    "flat": "iterator",
    "__name__": "str",
    "text": "str",
    "status_code": "int",
}


def value(walk: Walk, node: ast.expr) -> Value:
    """Give what `node` may be; the walk notes what evaluating it does."""
    match node:
        case ast.Constant():
            return Value(constant_kind(node.value))
        case ast.Name():
            return _name(walk, node)
        case ast.Attribute():
            return _attribute(walk, node)
        case ast.Subscript():
            return _subscript(walk, node)
        case ast.Call():
            return walk.call(node)
        case ast.JoinedStr() | ast.FormattedValue():
            parts = [walk.value(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
            return Value("str", varies=any(part.varies for part in parts))
        case ast.BinOp():
            return _binary(walk, node)
        case ast.UnaryOp():
            operand = walk.value(node.operand)
            return operand.own("bool" if isinstance(node.op, ast.Not) else operand.kind)
        case ast.Compare():
            several = [walk.value(each) for each in (node.left, *node.comparators)]
            tables = {each.kind for each in several} & {"frame", "series", "array", "tensor", "xarray"}
            return Value(tables.pop() if tables else "bool", varies=any(each.varies for each in several))
        case ast.BoolOp():
            return join(walk.value(each) for each in node.values)
        case ast.IfExp():
            walk.value(node.test)
            return join([walk.value(node.body), walk.value(node.orelse)])
        case ast.Tuple():
            return container("tuple", [walk.value(each) for each in node.elts])
        case ast.List():
            return container("list", [walk.value(each) for each in node.elts])
        case ast.Set():
            return container("set", [walk.value(each) for each in node.elts])
        case ast.Dict():
            return container(
                "dict", [walk.value(each) for each in (*node.keys, *node.values) if each is not None]
            )
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return _comprehension(walk, node)
        case ast.NamedExpr():
            named = walk.value(node.value)
            walk.store(node.target, named)
            return named
        case ast.Lambda():
            walk.deferred(node)
            return Value("function")
        case ast.Starred():
            return walk.value(node.value)
        case ast.Await():
            walk.note("await", "await", node)
            return walk.value(node.value)
        case ast.Yield() | ast.YieldFrom():
            walk.note("yield", "yield", node)
            return walk.value(node.value)
        case _:
            several = [walk.value(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
            return Value(varies=any(each.varies for each in several))


def constant_kind(constant: object) -> str:
    """Give the kind of a literal."""
    if constant is None:
        return "none"
    name = type(constant).__name__
    return name if name in {"int", "float", "str", "bool", "bytes"} else "number"


def _name(walk: Walk, node: ast.Name) -> Value:
    return walk.read(node.id, node)


def outer_value(walk: Walk, name: str) -> Value:
    """Give the value of a name from outside the iteration."""
    scene = walk.scene
    path = scene.imported(name)
    if path is not None:
        # what is imported by name may be data: all who import it share it
        roots = frozenset({name}) if "." in path else frozenset()
        return Value(f"module:{path}", roots, roots)
    definition = scene.definition(name)
    if definition is not None:
        if isinstance(definition.node, ast.ClassDef):
            return Value("class", frozenset({name}), frozenset({name}))
        return Value("function")
    known = outer_kind(walk, name)
    if known.kind in {"function", "class"} or known.kind.startswith("module:"):
        return Value(known.kind)
    roots = frozenset({name})
    return Value(known.kind, roots, roots | known.inside, parts=_named_parts(known.parts, roots))


def _named_parts(parts: tuple[Value, ...] | None, roots: frozenset[str]) -> tuple[Value, ...] | None:
    if parts is None:
        return None
    return tuple(Value(p.kind, roots, roots, p.varies, _named_parts(p.parts, roots)) for p in parts)


def outer_kind(walk: Walk, name: str) -> Value:
    """Give the kind of an outside name from the expression that it was assigned, without noting anything."""
    binding = walk.scene.binding(name)
    if binding is None:
        return Value(_parameter_kind(walk, name))
    return bound_kind(walk, binding)


def _parameter_kind(walk: Walk, name: str) -> str:
    frame = walk.scene.frame_of(name)
    if frame is None or name not in frame.parameters:
        return ""
    for argument in every_argument(frame.node.args):
        if argument.arg == name and argument.annotation is not None:
            return annotated_kind(argument.annotation)
    if name in {"ax", "axes", "axs"}:
        return "axes"
    return {"fig": "figure", "rng": "rng"}.get(name, "")


def bound_kind(walk: Walk, binding: Binding) -> Value:
    """Give the kind of what a binding binds."""
    kinds = walk.scene.kinds
    if id(binding) in kinds:
        return kinds[id(binding)][1]
    # the binding is kept beside its value: its id must not be given to another one
    kinds[id(binding)] = binding, Value()
    if binding.value is None:
        return Value()
    scene = walk.scene.at(binding.cell, binding.line)
    quiet = type(walk)(scene, Record(), frozenset(), calling=walk.calling)
    quiet.depth = walk.depth
    if binding.role == "element":
        found = iteration.element(quiet, binding.value)
        if found.parts is not None and binding.place < len(found.parts):
            found = found.parts[binding.place]
    else:
        found = quiet.value(binding.value)
        if binding.role == "part":
            found = (
                found.parts[binding.place]
                if found.parts and binding.place < len(found.parts)
                else found.part()
            )
        elif binding.role == "changed" and found.kind not in {"str", "list"}:
            found = Value()
    kinds[id(binding)] = binding, found
    return found


def bound_base(walk: Walk, binding: Binding) -> Value:
    """Give the object of a method that a name was bound to."""
    if isinstance(binding.value, ast.Attribute) and isinstance(binding.value.value, ast.Name):
        return walk.outer(binding.value.value.id)
    return Value()


_TAKEN = frozenset(["append", "extend", "add", "insert", "writerow", "setdefault"])


def _attribute(walk: Walk, node: ast.Attribute) -> Value:
    path = full_name(walk, node)
    base = walk.value(node.value)
    if node.attr in _TAKEN and not base.kind.startswith("module:"):
        # a method that is not called here will be called somewhere
        walk.mutate(base, node, f".{node.attr}")
    if path is not None and base.kind.startswith("module:"):
        return Value(f"module:{path}", base.roots, base.inside)
    if node.attr in _INDEXERS and base.kind in {"", "frame", "series"}:
        return base.of_kind(base.kind or "frame")
    kind = _ATTRIBUTE_KINDS.get(node.attr, "")
    if base.kind.startswith("lib:sklearn") and node.attr in {
        "coef_",
        "components_",
        "feature_importances_",
        "labels_",
    }:
        return base.part("array")
    if base.kind == "frame" and not kind:
        kind = "series" if node.attr not in {"str", "dt"} else ""
    if node.attr in {"T", "real"}:
        kind = base.kind
    if base.kind == "figure" and node.attr == "axes":
        kind = "axes"
    if base.kind == "axes":
        kind = "figure" if node.attr == "figure" else "axes"
    if base.kind == "groupby":
        return base.part("groupby")
    if base.kind in {"str", "path", "number", "date", "int"}:
        kind = kind or "const"
    return base.part(kind)


def entry_key(walk: Walk, node: ast.Subscript) -> str | None:
    """Give a mark for ``name[key]`` where both stay what they are while their names do; None for others."""
    base: ast.expr = node.value
    suffix = ""
    if isinstance(base, ast.Attribute) and base.attr in _INDEXERS:
        suffix = f".{base.attr}"
        base = base.value
    if not isinstance(base, ast.Name):
        return None
    names = sorted({each.id for each in ast.walk(node.slice) if isinstance(each, ast.Name)})
    if any(isinstance(each, ast.Call | ast.Await | ast.NamedExpr) for each in ast.walk(node.slice)):
        return None
    return "\0".join([f"{base.id}{suffix}[{ast.unparse(node.slice)}]", base.id, *names])


def _subscript(walk: Walk, node: ast.Subscript) -> Value:
    entry = entry_key(walk, node)
    if entry is not None and entry in walk.definite:
        walk.value(node.slice)
        return walk.env.get(entry, Value(varies=True))
    base = walk.value(node.value)
    index = walk.value(node.slice)
    varies = base.varies or index.varies
    if base.kind in {"str", "text"}:
        return Value("str", varies=varies)
    if base.kind == "range":
        return Value("int", varies=varies)
    if base.kind == "groupby":
        return Value("groupby", base.roots, base.inside, varies)
    picks = node.slice
    place = picks.value if isinstance(picks, ast.Constant) and isinstance(picks.value, int) else None
    if base.parts is not None and place is not None and -len(base.parts) <= place < len(base.parts):
        return base.parts[place]
    if _copies(node.slice, index):
        return Value(base.kind if base.kind else "", frozenset(), base.inside - base.roots, varies)
    kind = _part_kind(base, picks)
    if kind in {"number", "str"}:
        return Value(kind, varies=varies)
    return Value(kind, base.reach, base.reach, varies)


def _copies(index: ast.expr, known: Value) -> bool:
    """Tell whether an index gives a new table: a condition, or a list of names."""
    if isinstance(index, ast.Tuple):
        return any(_copies(each, Value()) for each in index.elts)
    if known.kind in {"series", "array", "list"} and not isinstance(index, ast.Slice):
        return True
    return isinstance(index, ast.Compare | ast.BoolOp | ast.List | ast.ListComp) or (
        (isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.Invert | ast.Not))
        or (isinstance(index, ast.BinOp) and isinstance(index.op, ast.BitAnd | ast.BitOr))
    )


def _part_kind(base: Value, index: ast.expr) -> str:
    if base.kind == "axes":
        return "axes"
    if base.kind == "frame":
        if isinstance(index, ast.Slice):
            return "frame"
        if isinstance(index, ast.Tuple):
            slices = sum(isinstance(each, ast.Slice) for each in index.elts)
            return "frame" if slices > 1 else "series" if slices else ""
        return "series"
    if base.kind in {"series", "array"}:
        if isinstance(index, ast.Slice):
            return base.kind
        if isinstance(index, ast.Tuple) and any(isinstance(each, ast.Slice) for each in index.elts):
            return base.kind
        return "element"
    if base.kind in {"list", "tuple"} and isinstance(index, ast.Slice):
        return base.kind
    return ""


def _binary(walk: Walk, node: ast.BinOp) -> Value:
    left, right = walk.value(node.left), walk.value(node.right)
    varies = left.varies or right.varies
    kinds = {left.kind, right.kind}
    if isinstance(node.op, ast.Mod) and left.kind == "str":
        return Value("str", varies=varies)
    for kind in ("frame", "series", "array", "tensor", "xarray", "str", "path"):
        if kind in kinds:
            return Value("str" if kind == "str" and isinstance(node.op, ast.Add) else kind, varies=varies)
    if isinstance(node.op, ast.Add | ast.Mult | ast.BitOr) and kinds & {"list", "tuple", "dict", "set"}:
        kind = (
            "list"
            if "list" in kinds
            else "dict"
            if "dict" in kinds
            else "tuple"
            if "tuple" in kinds
            else "set"
        )
        return container(kind, [left, right]).of_kind(kind)
    if "date" in kinds:
        return Value("date", varies=varies)
    if kinds <= {"int", "float", "number", "bool"}:
        return Value("number", varies=varies)
    return Value("", varies=varies)


def _comprehension(walk: Walk, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    env, definite, local = dict(walk.env), set(walk.definite), set(walk.masked)
    walk.inner += 1
    before = len(walk.record.events)
    bound: set[str] = set()
    for generator in node.generators:
        item = iteration.element(walk, generator.iter)
        if iteration.is_long(walk, generator.iter):
            walk.record.dear.append("a loop inside")
        if generator.is_async:
            walk.note("await", "async for", node)
        for each in ast.walk(generator.target):
            if isinstance(each, ast.Name):
                bound.add(each.id)
        _bind_quietly(walk, generator.target, item)
        for condition in generator.ifs:
            walk.value(condition)
    if isinstance(node, ast.DictComp):
        several = [walk.value(node.key), walk.value(node.value)]
    else:
        several = [walk.value(node.elt)]
    walk.inner -= 1
    walk.masked = local
    kept = {name: walk.env[name] for name in walk.env if name not in bound}
    kept.update({name: env[name] for name in bound if name in env})
    walk.env = kept
    walk.definite = (walk.definite - bound) | (definite & bound)
    assert before <= len(walk.record.events)
    kind = {"ListComp": "list", "SetComp": "set", "DictComp": "dict", "GeneratorExp": "iterator"}[
        type(node).__name__
    ]
    return container(kind, several)


def _bind_quietly(walk: Walk, target: ast.expr, item: Value) -> None:
    """Bind the names of a comprehension, which are no names of the iteration."""
    if isinstance(target, ast.Name):
        walk.env[target.id] = item
        walk.definite.add(target.id)
    elif isinstance(target, ast.Tuple | ast.List):
        for place, each in enumerate(target.elts):
            known = item.parts is not None and len(item.parts) == len(target.elts)
            _bind_quietly(walk, each, item.parts[place] if known and item.parts else item.part())
    elif isinstance(target, ast.Starred):
        _bind_quietly(walk, target.value, item.holding("list"))
    else:
        walk.store(target, item)
