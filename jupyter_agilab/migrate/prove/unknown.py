"""Judges calls that no table knows by what can be seen of them; what stays open becomes an assumption."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.know.methods import NEVER_MUTATING, can_be_dear
from jupyter_agilab.migrate.know.words import words
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import DATA, IMMUTABLE, Value

_DOING = words(
    """
    plot_ draw_ visuali imshow show_ plot
"""
)


_MOVING = words(
    """
    next pop take pull poll draw step advance update add_ append insert remove delete push put
    partial_fit train learn write reset increment register consume acquire enqueue dequeue
"""
)
"""How methods are called that change their object, also where their value is used."""


def unknown_method(
    walk: Walk,
    node: ast.Call,
    func: ast.Attribute,
    receiver: Value,
    args: list[Value],
    named: dict[str, Value],
) -> Value:
    """Judge a method of an object whose kind tells nothing about it."""
    name = func.attr
    if can_be_dear(name):
        walk.record.dear.append(f".{name}")
    is_thrown_away = id(node) in walk.discarded
    outer = sorted(receiver.reach)
    text = ast.unparse(func)
    if outer and not receiver.kind.startswith("module:") and receiver.kind not in IMMUTABLE:
        if (name.lower().startswith(_MOVING) and receiver.kind not in DATA) or (
            is_thrown_away and not name.startswith(_DOING)
        ):
            walk.mutate(receiver, node, f".{name}(...)", depth=1)
        elif is_thrown_away:
            walk.note("plot", text, node, detail=f"{text}(...)")
        elif receiver.kind not in DATA:
            walk.record.assume(text, f"assumes that `{text}` changes nothing that iterations share")
    if is_thrown_away and not outer:
        _given_away(walk, node, text, args, named)
    kind = ""
    if receiver.kind in {"frame", "series", "array", "tensor", "xarray"}:
        kind = receiver.kind if receiver.kind != "series" else ""
    if name in NEVER_MUTATING or receiver.kind in DATA:
        return Value(kind)
    if (node.args or node.keywords) and not name.lower().startswith(("get", "item", "view", "next", "child")):
        # assumed above: what it gives is new
        return Value(kind)
    return Value(kind, receiver.reach, receiver.reach)


def unknown_call(
    walk: Walk,
    node: ast.Call,
    text: str,
    called: Value | None,
    args: list[Value],
    named: dict[str, Value],
    *,
    imported: bool = False,
) -> Value:
    """Judge a function that the notebook imports from elsewhere, or gets as an argument."""
    last = text.rpartition(".")[2]
    is_class = last[:1].isupper() and not last.isupper()
    words = last.lower()
    if not (is_class or words.startswith(("build_", "make_", "set_"))):
        walk.record.dear.append(text)
    is_thrown_away = id(node) in walk.discarded
    several = [*args, *named.values()]
    drawn_on = [each for each in several if each.kind in {"axes", "figure"}]
    if drawn_on or (words.startswith(_DOING) and not walk.owns_figure and not is_class):
        walk.note("plot", text, node, detail=f"{text}(...)")
        return Value()
    if words.startswith(_DOING):
        return Value()
    walk.record.assume(text, f"assumes that `{text}` changes nothing that iterations share")
    if is_thrown_away:
        _given_away(walk, node, text, args, named)
    if is_class:
        reach = frozenset().union(*(each.reach for each in several), frozenset())
        return Value(f"lib:{text}" if imported else "", frozenset(), reach)
    del called
    return Value()


_SETTING = words(
    """
    set_ enable disable register use_ config reset init clear seed
"""
)


def for_its_effect(walk: Walk, node: ast.Call, path: str, args: list[Value], named: dict[str, Value]) -> None:
    """Note what a library's function changes whose value is thrown away: an argument, or its own state."""
    last = path.rpartition(".")[2]
    if path.startswith(
        words(
            """
    time. warnings. IPython. gc. os.path. tqdm. logging. pprint.
"""
        )
    ):
        return
    if path.startswith("networkx.draw") or last.startswith("plot"):
        walk.note("plot", path, node, detail=f"{path}(...)")
        return
    if last.endswith("_") and args:
        walk.mutate(args[0], node, f"{path}(...)", depth=1)
        return
    if last.startswith(_SETTING) and not any(each.reach for each in args):
        walk.note("global", path.rpartition(".")[0], node, detail=path)
        return
    _given_away(walk, node, path, args, named)


_SAVING = words(
    """
    save write export download dump print log display assert check store upload copy
"""
)


def _given_away(walk: Walk, node: ast.Call, text: str, args: list[Value], named: dict[str, Value]) -> None:
    """Note what a call may change that is made for what it does: an outer object that it gets."""
    if text.rpartition(".")[2].lower().startswith(_SAVING):
        walk.note(
            "write", text, node, detail="unknown", varies=any(e.varies for e in (*args, *named.values()))
        )
        return
    for each in (*args, *named.values()):
        if each.kind in IMMUTABLE or each.kind in {"function", "class"}:
            continue
        for root in sorted(each.reach):
            if not _is_plain(walk, root):
                walk.note(
                    "mutate",
                    root,
                    node,
                    detail=f"gives it to {text}(...), whose result is thrown away",
                    depth=1,
                )


def _is_plain(walk: Walk, name: str) -> bool:
    """Tell whether a name stands for numbers and texts only, which nobody changes."""
    binding = walk.scene.binding(name)
    if binding is None or binding.value is None or binding.role != "assigned":
        return False
    return all(
        isinstance(
            each,
            ast.Constant
            | ast.List
            | ast.Tuple
            | ast.Dict
            | ast.UnaryOp
            | ast.USub
            | ast.Load
            | ast.JoinedStr,
        )
        for each in ast.walk(binding.value)
    ) and not isinstance(binding.value, ast.List | ast.Dict)
