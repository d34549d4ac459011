"""What a call does: functions of the notebook, of known libraries, methods, and what nobody knows."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.know import Known, function_known, method_known
from jupyter_agilab.migrate.know.functions import seeds
from jupyter_agilab.migrate.know.methods import AGGREGATES, MUTATING, plots
from jupyter_agilab.migrate.know.words import words
from jupyter_agilab.migrate.prove import effects, expressions, iteration, memory, summaries, unknown
from jupyter_agilab.migrate.prove.names import full_name
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import DATA, IMMUTABLE, Value, join

DELAYED = frozenset({"dask.delayed", "dask.delayed.delayed", "joblib.delayed", "joblib.parallel.delayed"})
_SUBMITTING = frozenset(
    {"submit", "apply_async", "apply_sync", "apply", "map", "imap", "imap_unordered", "starmap"}
)
_BOUND = frozenset(
    words(
        """
    append extend add update insert pop remove write writerow setdefault clear
"""
    )
)
_CHANGING_METHODS = frozenset(
    words(
        """
    append insert extend update clear pop remove setdefault add popitem sort
"""
    )
)
_PLACE_NAMES = frozenset(
    {"ax", "axes", "axs", "fig", "axis", "ax1", "ax2", "ax3", "ax0", "axarr", "figure", "subplot"}
)


def call(walk: Walk, node: ast.Call) -> Value:
    """Give what a call may give; notes what it does."""
    func, delayed_args = _undelayed(walk, node)
    path = full_name(walk, func)
    if iteration.is_progress(path) and node.args:
        return _progress(walk, node)
    receiver: Value | None = None
    if path is None and isinstance(func, ast.Attribute):
        receiver = walk.value(func.value)
    elif path is None and not isinstance(func, ast.Name):
        receiver = walk.value(func)
    elif isinstance(func, ast.Name) and path is not None:
        root = func.id
        if not walk.is_local(root) and walk.scene.is_known(root):
            walk.read(root, func)
    elif isinstance(func, ast.Attribute):
        walk.value(func.value)
    args = [walk.value(each) for each in node.args]
    named = {keyword.arg or "**": walk.value(keyword.value) for keyword in node.keywords}
    if delayed_args and not _is_cheap(path):
        walk.record.dear.append(f"delayed {ast.unparse(func)}")
    _callbacks(walk, node, receiver)
    _handed_over(walk, node, path, args, named)
    varies = any(each.varies for each in (*args, *named.values())) or (
        receiver is not None and receiver.varies
    )
    result = _dispatch(walk, node, func, path, receiver, args, named)
    return Value(result.kind, result.roots, result.inside, result.varies or varies, result.parts)


def _undelayed(walk: Walk, node: ast.Call) -> tuple[ast.expr, str]:
    """Give the function that ``delayed(f)(x)`` calls."""
    func = node.func
    by = full_name(walk, func.func) if isinstance(func, ast.Call) else None
    if isinstance(func, ast.Call) and by in DELAYED and func.args:
        return func.args[0], by or ""
    return func, ""


def _is_cheap(path: str | None) -> bool:
    known = function_known(path) if path is not None else None
    return known is not None and known.is_cheap


def _progress(walk: Walk, node: ast.Call) -> Value:
    several = [walk.value(each) for each in node.args]
    for keyword in node.keywords:
        walk.value(keyword.value)
    return several[0]


def _callbacks(walk: Walk, node: ast.Call, receiver: Value | None) -> None:
    """Follow functions of the notebook that are handed over: they may be called."""
    del receiver
    for each in (*node.args, *(keyword.value for keyword in node.keywords)):
        if isinstance(each, ast.Name) and not isinstance(walk.local_functions.get(each.id), ast.ClassDef):
            if memory.keeps_state(walk, each.id):
                walk.note("mutate", each.id, node, detail="keeps something from call to call")
            summary = summaries.of_name(walk, each.id)
            if summary is not None:
                summaries.apply(walk, summary, node, [], {}, each.id)


def _handed_over(
    walk: Walk, node: ast.Call, path: str | None, args: list[Value], named: dict[str, Value]
) -> None:
    """Note what any function does to some kinds of arguments: generators move on, iterators are used up."""
    for each in (*args, *named.values()):
        if each.kind == "rng":
            walk.mutate(each, node, "draws from it")
        elif each.kind == "iterator" and path not in {"isinstance", "id", "type", "print"}:
            walk.mutate(each, node, "goes through it")
    if "out" in named and named["out"].kind not in IMMUTABLE:
        walk.mutate(named["out"], node, "out=...")
    if path == "print" and "file" in named:
        walk.mutate(named["file"], node, "print(file=...)")


def deferred(walk: Walk, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
    """Note what a function made here does to names from outside whenever it is called."""
    summary = summaries.of_node(walk, node, walk.scene.cell, closure=walk)
    summaries.apply(walk, summary, node, [], {}, getattr(node, "name", "lambda"))


def _dispatch(
    walk: Walk,
    node: ast.Call,
    func: ast.expr,
    path: str | None,
    receiver: Value | None,
    args: list[Value],
    named: dict[str, Value],
) -> Value:
    if isinstance(func, ast.Lambda):
        return join(args).part()
    if isinstance(func, ast.Name) and path is None:
        return _named(walk, node, func, args, named)
    if path is not None:
        known = function_known(path, frozenset(named))
        if (
            path.count(".") >= 2
            and path.rpartition(".")[2] in _CHANGING_METHODS
            and not path.startswith("self.")
        ):
            # `sys.path.insert(...)`, `plt.rcParams.update(...)`: what a module holds belongs to all
            walk.note("global", path.rpartition(".")[0], node, detail=path)
            return Value()
        return _function(walk, node, path, known, args, named)
    if isinstance(func, ast.Attribute) and receiver is not None:
        return _method(walk, node, func, receiver, args, named)
    return unknown.unknown_call(walk, node, ast.unparse(func), receiver, args, named)


def _named(walk: Walk, node: ast.Call, func: ast.Name, args: list[Value], named: dict[str, Value]) -> Value:
    summary = summaries.of_name(walk, func.id)
    own = walk.local_functions.get(func.id)
    if isinstance(own, ast.ClassDef):
        return _made(walk, node, func.id, own, args, named)
    definition = None if walk.is_local(func.id) else walk.scene.definition(func.id)
    if definition is not None and isinstance(definition.node, ast.ClassDef):
        walk.read(func.id, func)
        return _made(walk, node, func.id, definition.node, args, named)
    if not walk.is_local(func.id):
        walk.read(func.id, func)
    given = walk.env.get(func.id) if walk.is_local(func.id) else None
    for root in sorted(given.roots) if given is not None else ():
        if root.startswith("argument "):
            walk.note("calls", root, node)
    if memory.keeps_state(walk, func.id):
        walk.note("mutate", func.id, node, detail="keeps something from call to call")
    if summary is not None:
        ahead, by_name = summaries.fixed_arguments(walk, func.id)
        return summaries.apply(walk, summary, node, [*ahead, *args], {**by_name, **named}, func.id)
    binding = None if walk.is_local(func.id) else walk.scene.binding(func.id)
    if binding is not None and isinstance(binding.value, ast.Attribute) and binding.value.attr in _BOUND:
        # `push = results.append` before the loop
        walk.mutate(expressions.bound_base(walk, binding), node, f".{binding.value.attr}(...)")
    called = walk.env.get(func.id) if walk.is_local(func.id) else walk.outer(func.id)
    if called is not None and called.kind.startswith("object:"):
        method = summaries.of_method(walk, called.kind.removeprefix("object:"), "__call__")
        if method is not None:
            return summaries.apply(walk, method, node, [called, *args], named, func.id)
    return unknown.unknown_call(walk, node, func.id, called, args, named)


def _made(
    walk: Walk, node: ast.Call, name: str, made: ast.ClassDef, args: list[Value], named: dict[str, Value]
) -> Value:
    """Follow the making of an object of one of the notebook's classes."""
    shared = _shared_attribute(made)
    if shared:
        walk.note("mutate", name, node, detail=f"its objects share {name}.{shared} and change it")
    start = next((m for m in made.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"), None)
    reach = frozenset().union(*(each.reach for each in (*args, *named.values())), frozenset())
    instance = Value(f"object:{name}", frozenset(), reach)
    bases = " ".join(ast.unparse(base) for base in made.bases)
    if "Module" in bases:
        walk.note("draw", "torch", node, detail=f"{name}(...)")
    if "keras" in bases or "Model" in bases.split("."):
        walk.note("draw", "tensorflow", node, detail=f"{name}(...)")
    if start is not None:
        summary = summaries.of_node(walk, start, walk.scene.cell)
        summaries.apply(walk, summary, node, [instance, *args], named, name)
    elif any(not isinstance(m, ast.FunctionDef) for m in made.body) or reach:
        pass
    return instance


def _shared_attribute(made: ast.ClassDef) -> str:
    """Give an attribute that all objects of a class share and that a method changes; empty for none."""
    shared = {
        target.id
        for each in made.body
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.List | ast.Dict | ast.Set | ast.Call)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    changed: set[str] = set()
    for each in ast.walk(made):
        is_own = (
            isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "self"
        )
        if is_own and isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            shared.discard(each.attr)
        target: ast.expr | None = None
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in MUTATING:
            target = each.func.value
        elif isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store):
            target = each.value
        if isinstance(target, ast.Attribute):
            changed.add(target.attr)
    return min(shared & changed, default="")


def _function(
    walk: Walk, node: ast.Call, path: str, known: Known | None, args: list[Value], named: dict[str, Value]
) -> Value:
    if known is None:
        return unknown.unknown_call(walk, node, path, None, args, named, imported=True)
    if known.detail == "seeds":
        walk.note("seed", seeds(path), node, detail=path, varies=any(each.varies for each in args))
        walk.seeded |= {seeds(path)} if not walk.unsure else set()
        return Value("none")
    if not known.is_cheap and known.effect in {"pure", "draws", "writes", "handle", "mutates"}:
        walk.record.dear.append(path)
    if known.effect == "pure" and id(node) in walk.discarded and "." in path:
        unknown.for_its_effect(walk, node, path, args, named)
    return effects.carry_out(walk, node, path, known, None, args, named)


def _method(
    walk: Walk,
    node: ast.Call,
    func: ast.Attribute,
    receiver: Value,
    args: list[Value],
    named: dict[str, Value],
) -> Value:
    name = func.attr
    if receiver.kind.startswith("object:"):
        summary = summaries.of_method(walk, receiver.kind.removeprefix("object:"), name)
        if summary is not None:
            return summaries.apply(walk, summary, node, [receiver, *args], named, f"{ast.unparse(func)}")
    if receiver.kind in {"", "element"} and receiver.reach:
        # nothing tells its class: it may be one of the notebook's that has such a method
        for summary in summaries.methods_named(walk, name):
            summaries.apply(walk, summary, node, [receiver, *args], named, ast.unparse(func))
    if receiver.kind in {"axes", "figure"} or (_looks_like_axes(func.value) and plots(name)):
        known = method_known(name, receiver.kind if receiver.kind in {"axes", "figure"} else "axes")
        if known is not None and known.effect == "plots":
            if receiver.roots or receiver.inside or not walk.owns_figure:
                walk.note("plot", ast.unparse(func.value), node, detail=f".{name}(...)")
            return Value(known.gives, receiver.roots, receiver.inside)
    drawn_on = [each for each in (*args, *named.values()) if each.kind in {"axes", "figure"} and each.reach]
    if drawn_on and not name.startswith("get"):
        walk.note("plot", ast.unparse(func.value), node, detail=f".{name}(...)")
        return Value()
    if name in _SUBMITTING and node.args and receiver.kind not in DATA:
        return _submitted(walk, node, receiver, args)
    if (
        receiver.kind.startswith("module:logging")
        or receiver.kind == "logger"
        or "logg" in ast.unparse(func.value)
    ):
        walk.note("print", "", node)
        return Value("none")
    if _samples(name, receiver, named) and not walk.seeded & {"numpy", "all"}:
        walk.note("draw", "numpy", node, detail=f"{ast.unparse(func)}(...)")
    known = method_known(name, receiver.kind)
    if (
        name in {"sort", "reverse", "append"}
        and id(node) not in walk.discarded
        and receiver.kind in {"", "frame", "series"}
    ):
        # a list's method gives nothing that could be used: this one gives a new table
        known = Known("pure", receiver.kind)
    if _is_progress_object(func.value, name):
        return Value("none")
    if known is not None and known.effect == "pure" and _in_place(node):
        known = Known("mutates", is_cheap=known.is_cheap)
    if known is None:
        if name.endswith("_") and not name.endswith("__"):
            known = Known("mutates", shares=True)
        else:
            return unknown.unknown_method(walk, node, func, receiver, args, named)
    if not known.is_cheap:
        walk.record.dear.append(f".{name}")
    elif name in AGGREGATES:
        walk.record.light.append(f".{name}")
    return effects.carry_out(walk, node, f".{name}", known, receiver, args, named)


def _samples(name: str, receiver: Value, named: dict[str, Value]) -> bool:
    """Tell whether a call draws rows of a table with the global generator."""
    looks_so = receiver.kind in {"frame", "series"} or bool({"n", "frac", "weights"} & set(named))
    return name == "sample" and looks_so and "random_state" not in named


def _looks_like_axes(node: ast.expr) -> bool:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and (
        node.id in _PLACE_NAMES or node.id.startswith(("ax_", "fig_", "ax"))
    )


def _is_progress_object(node: ast.expr, name: str) -> bool:
    text = ast.unparse(node).lower()
    return name in {
        "update",
        "set_description",
        "set_postfix",
        "set_postfix_str",
        "set_description_str",
    } and ("bar" in text or "tqdm" in text or "progress" in text or text == "t")


def _in_place(node: ast.Call) -> bool:
    return any(
        keyword.arg in {"inplace", "in_place", "copy"}
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is (keyword.arg != "copy")
        and keyword.arg != "copy"
        for keyword in node.keywords
    )


def _submitted(walk: Walk, node: ast.Call, receiver: Value, args: list[Value]) -> Value:
    """Follow the function that is handed to an executor, a pool or a cluster's client."""
    func = node.args[0]
    if isinstance(func, ast.Name):
        summary = summaries.of_name(walk, func.id)
        if summary is not None:
            result = summaries.apply(walk, summary, node, args[1:], {}, func.id)
            walk.record.dear.append(func.id)
            return Value("future", result.roots, result.inside)
    walk.record.dear.append(ast.unparse(func))
    return Value("future", frozenset(), receiver.inside if receiver.kind == "future" else frozenset())
