"""Comprehensions, generator expressions, ``map`` and its kin: split in two."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.convert.names import Fresh, mentioned, read, stored
from jupyter_agilab.migrate.convert.plainness import is_plain
from jupyter_agilab.migrate.convert.step import STEPS, CannotConvertError, Step
from jupyter_agilab.migrate.convert.text import Source

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

_LISTS = frozenset({"map", "starmap", "map_sync"})
_ITERATORS = frozenset({"imap", "imap_unordered"})
_METHODS = _LISTS | _ITERATORS


def is_expression_form(node: ast.AST) -> bool:
    """Tell whether a node is one of the forms of this module."""
    return isinstance(node, Comprehension) or (isinstance(node, ast.Call) and _call_form(node) != "")


def split_expression(source: Source, node: ast.expr, taken: frozenset[str]) -> Step:
    """Split an expression over many items.

    Parameters
    ----------
    taken
        Names of the notebook, which new ones must not hide.

    Raises
    ------
    CannotConvertError
        It cannot be split faithfully.
    """
    for inner in ast.walk(node):
        if isinstance(inner, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            raise CannotConvertError("the expression binds a name for others, or waits")
    fresh = Fresh(taken | mentioned(source.tree))
    if isinstance(node, ast.DictComp):
        return _dictionary(source, node, fresh)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        signs = {ast.ListComp: "[]", ast.SetComp: "{}", ast.GeneratorExp: "()"}[type(node)]
        return _comprehension(source, node, node, signs, fresh)
    assert isinstance(node, ast.Call)
    match _call_form(node):
        case "joblib":
            return _joblib(source, node, fresh)
        case "map":
            signs = "()" if isinstance(node.func, ast.Name) else "[]"
            return _map(source, node, signs, fresh)
        case "starmap" | "map_sync":
            return _map(source, node, "[]", fresh)
        case _:
            return _map(source, node, "()", fresh)


def _comprehension(
    source: Source,
    whole: ast.expr,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp,
    signs: str,
    fresh: Fresh,
) -> Step:
    first, *more = node.generators
    _refuse_async(node)
    value = fresh.name("value")
    if not first.ifs and not more:
        around = f"{signs[0]}{value} for _, {value} in {STEPS}{signs[1]}"
        plain = is_plain(node.elt, shadowed=_shadowed(source))
        return _step(source, whole, first, source.of(node.elt), value, around, plain, read(node))
    inner = _inner(source, source.of(node.elt), first, more)
    values = fresh.name("values")
    around = f"{signs[0]}{value} for _, {values} in {STEPS} for {value} in {values}{signs[1]}"
    return _step(source, whole, first, inner, values, around, False, read(node))


def _dictionary(source: Source, node: ast.DictComp, fresh: Fresh) -> Step:
    first, *more = node.generators
    _refuse_async(node)
    variables = stored([first.target])
    key, value = source.of(node.key), fresh.name("value")
    if not first.ifs and not more:
        cheap = (ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.expr_context)
        if read(node.key) <= variables and all(isinstance(n, cheap) for n in ast.walk(node.key)):
            around = f"{{{key}: {value} for {source.of(first.target)}, {value} in {STEPS}}}"
            plain = is_plain(node.value, shadowed=_shadowed(source))
            return _step(source, node, first, source.of(node.value), value, around, plain, read(node))
    inner = _inner(source, f"({key}, {source.of(node.value)})", first, more)
    pairs, name = fresh.name("pairs"), fresh.name("key")
    around = f"{{{name}: {value} for _, {pairs} in {STEPS} for {name}, {value} in {pairs}}}"
    return _step(source, node, first, inner, pairs, around, False, read(node))


def _inner(source: Source, element: str, first: ast.comprehension, more: list[ast.comprehension]) -> str:
    """Give the list of what one item of the first generator gives."""
    inner = " ".join(
        f"for {source.of(each.target)} in {source.of(each.iter)}"
        + "".join(f" if {source.of(c)}" for c in each.ifs)
        for each in more
    )
    text = f"[{element} {inner}]" if inner else f"[{element}]"
    conditions = " and ".join(
        f"({source.of(each)})" if len(first.ifs) > 1 else source.of(each) for each in first.ifs
    )
    return f"{text} if {conditions} else []" if conditions else text


def _joblib(source: Source, node: ast.Call, fresh: Fresh) -> Step:
    assert isinstance(node.func, ast.Call)
    if any(keyword.arg in {"return_as"} for keyword in node.func.keywords):
        raise CannotConvertError("joblib is asked for a generator")
    (generator,) = node.args
    if not isinstance(generator, ast.GeneratorExp | ast.ListComp):
        raise CannotConvertError("what joblib is given is not a comprehension")
    match generator.elt:
        case ast.Call(func=ast.Call(func=called, args=[function], keywords=[])) if _name(called) == "delayed":
            end = source.span(generator.elt)[1]
            inner_end = source.span(generator.elt.func)[1]
            arguments = source.text[inner_end:end]
            text = f"{source.of(function)}{arguments}"
        case _:
            raise CannotConvertError("what joblib is given is not `delayed(function)(...)`")
    first, *more = generator.generators
    if first.ifs or more:
        raise CannotConvertError("joblib is given a comprehension with conditions or several loops")
    value = fresh.name("value")
    around = f"[{value} for _, {value} in {STEPS}]"
    return _step(source, node, first, text, value, around, False, read(generator.elt))


def _map(source: Source, node: ast.Call, signs: str, fresh: Fresh) -> Step:
    method = _name(node.func)
    function, *iterables = node.args
    if not iterables or any(isinstance(each, ast.Starred) for each in node.args):
        raise CannotConvertError("the iterables are not written out")
    is_pool = isinstance(node.func, ast.Attribute) and any(k.arg == "chunksize" for k in node.keywords)
    if node.keywords and not is_pool:
        raise CannotConvertError("the call has options of its own")
    if method in {"map", "starmap", "imap"} and isinstance(node.func, ast.Attribute) and iterables[1:]:
        # `pool.map(function, items, 4)`: how many go to a process at once
        iterables = [each for each in iterables if not isinstance(each, ast.Constant)]
    item = fresh.name(_parameter(source, function) or "item")
    value = fresh.name("value")
    if method == "starmap":
        call = f"{_called(source, function)}(*{item})"
        target, iterable = item, source.of(iterables[0])
    elif len(iterables) == 1:
        call, target, iterable = f"{_called(source, function)}({item})", item, source.of(iterables[0])
    else:
        names = [fresh.name(f"{item}_{number}") for number in range(1, len(iterables) + 1)]
        call, target = f"{_called(source, function)}({', '.join(names)})", ", ".join(names)
        iterable = f"zip({', '.join(source.of(each) for each in iterables)})"
    start, end = source.span(node)
    return Step(
        target=target,
        iterable=iterable,
        body="",
        value=call,
        is_plain=False,
        start=start,
        end=end,
        received=value,
        around=f"{signs[0]}{value} for _, {value} in {STEPS}{signs[1]}",
        reads=frozenset(read(function)),
        iterables=tuple(source.span(each) for each in iterables),
    )


def _called(source: Source, function: ast.expr) -> str:
    text = source.of(function)
    return text if isinstance(function, ast.Name | ast.Attribute | ast.Call) else f"({text})"


def _parameter(source: Source, function: ast.expr) -> str:
    """Give the name that the function has for its item, where this cell defines it."""
    if isinstance(function, ast.Lambda) and len(function.args.args) == 1:
        return function.args.args[0].arg
    if isinstance(function, ast.Name):
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == function.id and node.args.args:
                return node.args.args[0].arg
    return ""


def _step(
    source: Source,
    whole: ast.expr,
    first: ast.comprehension,
    value: str,
    received: str,
    around: str,
    plain: bool,
    reads: set[str],
) -> Step:
    start, end = source.span(whole)
    if isinstance(whole, ast.GeneratorExp) and source.text[start] != "(":
        raise CannotConvertError("the generator expression is not in brackets of its own")
    return Step(
        target=source.of(first.target),
        iterable=source.of(first.iter),
        body="",
        value=value,
        is_plain=plain,
        start=start,
        end=end,
        received=received,
        around=around,
        reads=frozenset(reads),
        iterables=(source.span(first.iter),),
    )


def _call_form(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id="map"):
            return "map"
        case ast.Attribute(attr=method) if method in _METHODS:
            return method
        case ast.Call(func=inner) if _name(inner) == "Parallel" and len(node.args) == 1:
            return "joblib"
        case _:
            return ""


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _shadowed(source: Source) -> frozenset[str]:
    return frozenset(stored([source.tree]))


def _refuse_async(node: Comprehension) -> None:
    if any(each.is_async for each in node.generators):
        raise CannotConvertError("the comprehension waits for its items")
