"""What a function of the notebook does to its arguments and to names from outside, found once for each."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from jupyter_agilab.migrate.prove import memory
from jupyter_agilab.migrate.prove.events import Event, Record
from jupyter_agilab.migrate.prove.program import names_bound
from jupyter_agilab.migrate.prove.scene import annotated_kind, every_argument, frame_for
from jupyter_agilab.migrate.prove.state import Walk
from jupyter_agilab.migrate.prove.values import IMMUTABLE, Value, join

_OF_ARGUMENT = "argument "
"""Starts the root that stands for an argument inside a function; followed by its name."""

_LONGEST_CHAIN = 12


@dataclass
class Summary:
    """What calling a function does; ``result`` has roots that name arguments."""

    name: str
    cell: int
    parameters: tuple[str, ...] = ()
    rest: str | None = None
    defaults: dict[str, ast.expr] = field(default_factory=dict)
    record: Record = field(default_factory=Record)
    result: Value = field(default_factory=Value)
    is_generator: bool = False
    owns_figure: bool = False


def of_name(walk: Walk, name: str) -> Summary | None:
    """Give the summary of the function that `name` means here; None for other things."""
    own = walk.local_functions.get(name)
    if own is not None:
        return None if isinstance(own, ast.ClassDef) else of_node(walk, own, walk.scene.cell, closure=walk)
    if name in walk.bound and name not in walk.outer_names:
        return None
    definition = walk.scene.definition(name)
    if definition is None:
        return _of_alias(walk, name)
    if isinstance(definition.node, ast.ClassDef):
        return None
    return of_node(walk, definition.node, definition.cell)


def _of_alias(walk: Walk, name: str) -> Summary | None:
    """Follow ``g = delayed(f)``, ``g = partial(f, ...)`` and ``g = f``."""
    binding = walk.scene.binding(name)
    if binding is None or binding.role != "assigned":
        return None
    shown = binding.value
    if isinstance(shown, ast.Call) and shown.args and isinstance(shown.func, ast.Name | ast.Attribute):
        called = ast.unparse(shown.func)
        if called.rpartition(".")[2] in {
            "delayed",
            "partial",
            "vectorize",
            "jit",
            "njit",
            "cache",
            "lru_cache",
        }:
            shown = shown.args[0]
    if isinstance(shown, ast.Name) and shown.id != name:
        definition = walk.scene.definition(shown.id)
        if definition is not None and not isinstance(definition.node, ast.ClassDef):
            return of_node(walk, definition.node, definition.cell)
    return None


def fixed_arguments(walk: Walk, name: str) -> tuple[list[Value], dict[str, Value]]:
    """Give the arguments that ``g = partial(f, a, b=c)`` fixed before."""
    binding = None if walk.is_local(name) else walk.scene.binding(name)
    shown = binding.value if binding is not None and binding.role == "assigned" else None
    if not isinstance(shown, ast.Call) or not ast.unparse(shown.func).endswith("partial"):
        return [], {}
    own = frozenset({name})

    def kept(node: ast.expr) -> Value:
        # what was made for the call is kept by it, and shared by all who call it
        value = walk.value(node)
        return Value(value.kind, value.roots | own, value.inside | own, value.varies)

    ahead = [kept(each) for each in shown.args[1:]]
    return ahead, {keyword.arg: kept(keyword.value) for keyword in shown.keywords if keyword.arg}


def methods_named(walk: Walk, name: str) -> list[Summary]:
    """Give the methods of this name of all the notebook's classes."""
    found: list[Summary] = []
    for several in walk.scene.program.definitions.values():
        for definition in several:
            if isinstance(definition.node, ast.ClassDef):
                found.extend(
                    of_node(walk, each, definition.cell)
                    for each in definition.node.body
                    if isinstance(each, ast.FunctionDef) and each.name == name
                )
    return found


def changes_when_used(walk: Walk, class_name: str) -> str:
    """Give an operator or property of a notebook's class that changes its objects; empty for none."""
    definition = walk.scene.definition(class_name)
    if definition is None or not isinstance(definition.node, ast.ClassDef):
        return ""
    for each in definition.node.body:
        if not isinstance(each, ast.FunctionDef) or each.name in {"__init__", "__call__", "__new__"}:
            continue
        is_operator = each.name.startswith("__") and each.name.endswith("__")
        is_property = any("property" in ast.unparse(decorator) for decorator in each.decorator_list)
        if is_operator or is_property:
            summary = of_node(walk, each, definition.cell)
            if summary.record.of("mutate", "reduce"):
                return each.name
    return ""


def of_method(walk: Walk, class_name: str, method: str) -> Summary | None:
    """Give the summary of a method of one of the notebook's classes, looked up in its bases too."""
    for _ in range(8):
        own = walk.local_functions.get(class_name)
        definition = walk.scene.definition(class_name)
        node = own if own is not None else definition.node if definition is not None else None
        if not isinstance(node, ast.ClassDef):
            return None
        for each in node.body:
            if isinstance(each, ast.FunctionDef) and each.name == method:
                return of_node(walk, each, definition.cell if definition else walk.scene.cell)
        named = [base.id for base in node.bases if isinstance(base, ast.Name)]
        if not named:
            return None
        class_name = named[0]
    return None


def of_node(
    walk: Walk,
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    cell: int,
    *,
    closure: Walk | None = None,
) -> Summary:
    """Walk the function once. A function that calls itself adds nothing in the inner call."""
    known = walk.scene.summaries.get(id(node))
    if isinstance(known, Summary) and closure is None:
        return known
    arguments = node.args
    name = getattr(node, "name", "lambda")
    parameters = tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(
        zip(
            [a.arg for a in positional][len(positional) - len(arguments.defaults) :],
            arguments.defaults,
            strict=True,
        )
    )
    defaults.update(
        {a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None}
    )
    summary = Summary(name, cell, parameters, arguments.vararg.arg if arguments.vararg else None, defaults)
    if id(node) in walk.calling or len(walk.calling) > _LONGEST_CHAIN:
        walk.record.dear.append(name)
        return summary
    frames = (frame_for(node, cell), *(walk.scene.frames if closure is not None else ()))
    scene = walk.scene.at(cell, getattr(node, "end_lineno", 0) or 0, frames)
    if closure is None and not isinstance(node, ast.Lambda):
        scene.line = 10**9
        scene.cell = walk.scene.cell if walk.scene.cell > cell else cell
    body = [ast.Expr(node.body)] if isinstance(node, ast.Lambda) else node.body
    for statement in body:
        ast.fix_missing_locations(ast.copy_location(statement, node)) if isinstance(
            node, ast.Lambda
        ) else None
    bound = frozenset(each.arg for each in every_argument(arguments)) | names_bound(list(body))
    inner = type(walk)(scene, summary.record, bound, is_function=True, calling=(*walk.calling, id(node)))
    inner.depth = walk.depth
    for each in every_argument(arguments):
        kind = annotated_kind(each.annotation) or (
            {"ax": "axes", "axes": "axes", "fig": "figure"}.get(each.arg, "")
        )
        roots = frozenset({_OF_ARGUMENT + each.arg})
        inner.env[each.arg] = Value(kind, roots, roots, varies=True)
        inner.definite.add(each.arg)
    if closure is not None:
        # names of the iteration that the function reads from around it
        for own, value in closure.env.items():
            if own not in bound:
                inner.env[own] = value
                if own in closure.definite:
                    inner.definite.add(own)
        inner.bound = bound | closure.bound
        inner.outer_names = set(closure.bound - bound - closure.definite)
        inner.local_functions = dict(closure.local_functions)
    if isinstance(node, ast.Lambda):
        inner.returned.append(inner.value(node.body))
    else:
        inner.block(node.body)
    _note_syntax(walk, node, cell, summary)
    summary.is_generator = bool(summary.record.of("yield"))
    summary.result = join(inner.returned) if inner.returned and not summary.is_generator else Value()
    if summary.is_generator:
        summary.result = Value("iterator")
    summary.owns_figure = bool(summary.record.of("figure"))
    if closure is None and not walk.calling:
        walk.scene.summaries[id(node)] = summary
    return summary


def _note_syntax(walk: Walk, node: ast.AST, cell: int, summary: Summary) -> None:
    """Note magics and shell lines inside the function: they are nothing outside a notebook."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) or 0
    for code in walk.scene.program.cells:
        if code.index == cell:
            for each in code.translations:
                if first < each.line <= last:
                    place = ast.copy_location(ast.Pass(), node)
                    place.lineno = each.line
                    summary.record.add(Event("syntax", each.text, place))


def apply(
    walk: Walk,
    summary: Summary,
    node: ast.AST,
    args: list[Value],
    named: dict[str, Value],
    shown: str,
) -> Value:
    """Do at this call what the function does; give its value."""
    given = dict(zip(summary.parameters, args, strict=False))
    given.update({name: value for name, value in named.items() if name in summary.parameters})
    extra = args[len(summary.parameters) :]
    if summary.rest and extra:
        given[summary.rest] = join(extra)
    is_call = isinstance(node, ast.Call)
    for event in summary.record.events:
        _carry_over(walk, summary, event, given, node, shown, is_call=is_call)
    for about, sentence in summary.record.assumptions.items():
        walk.record.assume(about, sentence)
    walk.record.dear.extend(summary.record.dear)
    walk.record.light.extend(summary.record.light)
    if summary.is_generator and is_call:
        return Value("iterator", varies=any(each.varies for each in args))
    result = summary.result
    return Value(
        result.kind,
        _translated(result.roots, given),
        _translated(result.inside, given),
        any(each.varies for each in (*args, *named.values())),
        result.parts and tuple(_translate(part, given) for part in result.parts),
    )


def _translate(value: Value, given: dict[str, Value]) -> Value:
    return Value(value.kind, _translated(value.roots, given), _translated(value.inside, given), value.varies)


def _translated(roots: frozenset[str], given: dict[str, Value]) -> frozenset[str]:
    found: set[str] = set()
    for root in roots:
        if root.startswith(_OF_ARGUMENT):
            value = given.get(root.removeprefix(_OF_ARGUMENT))
            if value is not None:
                found |= value.reach
        else:
            found.add(root)
    return frozenset(found)


def _carry_over(
    walk: Walk,
    summary: Summary,
    event: Event,
    given: dict[str, Value],
    node: ast.AST,
    shown: str,
    *,
    is_call: bool,
) -> None:
    if event.kind in {"bind", "exit", "yield", "await", "figure", "show"}:
        if event.kind == "show" and is_call:
            walk.record.add(replace(event, in_function=_place(summary, event, shown), node=node))
        return
    place = event.in_function or _place(summary, event, shown)
    if not is_call and event.kind == "syntax":
        return
    is_sure = not (walk.unsure or walk.inner or walk.skipped) and event.is_sure
    moved = replace(event, node=node, in_function=place, is_sure=is_sure)
    if event.kind == "calls":
        default = summary.defaults.get(event.name.removeprefix(_OF_ARGUMENT))
        if event.name.removeprefix(_OF_ARGUMENT) not in given and isinstance(default, ast.Name) and is_call:
            if memory.keeps_state(walk, default.id) or walk.scene.binding(default.id) is not None:
                walk.note("mutate", default.id, node, detail="is called, and may keep something")
            inner = of_name(walk, default.id)
            if inner is not None:
                apply(walk, inner, node, [], {}, default.id)
        return
    if not event.name.startswith(_OF_ARGUMENT):
        if event.kind == "reduce":
            moved = replace(moved, kind="mutate", detail=moved.detail or f"{event.how}", how=None)
        if event.kind == "read" and event.name in walk.definite and walk.scene.frame_of(event.name) is None:
            # the function looks in the notebook's names, not in those of the iteration
            moved = (
                replace(moved, is_stale=True, detail="hidden")
                if event.name in walk.bound and not walk.is_function
                else moved
            )
        elif event.kind == "read" and event.name in walk.bound and not walk.is_local(event.name):
            # the function sees what an earlier iteration left
            moved = replace(moved, is_stale=True)
        if event.kind == "draw" and event.name in walk.seeded:
            return
        if event.kind == "plot" and (
            walk.owns_figure and event.detail and not event.depth and event.kinds != "given"
        ):
            return
        if event.kind == "plot" and event.name.startswith(_OF_ARGUMENT):
            return
        if event.kind == "write":
            varies = any(value.varies for value in given.values()) and event.varies
            moved = replace(moved, varies=varies if is_call else event.varies)
        if event.kind == "plot" and summary.owns_figure:
            return
        walk.record.add(moved)
        return
    if event.kind == "read":
        return
    argument = event.name.removeprefix(_OF_ARGUMENT)
    value = given.get(argument)
    if value is None:
        default = summary.defaults.get(argument)
        if is_call and isinstance(default, ast.List | ast.Dict | ast.Set | ast.Call):
            walk.record.add(
                replace(
                    moved,
                    kind="mutate",
                    name=summary.name,
                    detail=f"changes the default of {argument!r}",
                    how=None,
                )
            )
        return
    if value.kind in IMMUTABLE:
        return
    roots = value.reach if event.depth else value.roots
    if argument == "self":
        # a method changes its object: the call tells which one
        moved = replace(moved, in_function=None)
    for root in sorted(roots):
        walk.record.add(
            replace(moved, kind="mutate", name=root, detail=event.detail or str(event.how), how=None)
        )


def _place(summary: Summary, event: Event, shown: str) -> tuple[int, int, str]:
    return summary.cell, getattr(event.node, "lineno", 0), shown
