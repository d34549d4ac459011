"""Where a stage's items come from: a pattern of files, a grid that the text tells, or the notebook itself."""

from __future__ import annotations

import ast
import itertools
import math
import posixpath
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_agilab.migrate.convert.knowledge import Knowledge

MOST_ITEMS = 100_000
"""Of a grid that is written when the notebook is migrated; longer ones are written when the notebook runs."""

_WRAPPERS = frozenset({"sorted", "list", "tuple", "reversed"})
_SHOWN = frozenset(
    {"tqdm.tqdm", "tqdm.auto.tqdm", "tqdm.notebook.tqdm", "tqdm.autonotebook.tqdm", "tqdm.trange"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """How a stage gets its items.

    Attributes
    ----------
    how
        ``files``: the contract's input is a pattern. ``grid``: a file of parameters that is written now.
        ``noted``: the notebook writes its items to a file when it runs, with their types.
    pattern
        Of ``files``.
    names
        Names that receive the item, or its parts.
    grid
        Content of the file of ``grid``.
    prologue
        Statements that make the notebook's types of what the stage receives.
    """

    how: Literal["files", "grid", "noted"]
    names: tuple[str, ...]
    pattern: str = ""
    grid: Any = None
    prologue: tuple[str, ...] = ()


def items_of(target: ast.expr, iterable: ast.expr, known: Knowledge, *, item: str, unpack: str) -> Items:
    """Decide how a stage gets its items.

    Parameters
    ----------
    item
        A free name for items that have several parts.
    unpack
        The name under which the stage imports `unpack`.
    """
    if isinstance(target, ast.Name):
        found = _files(iterable, known)
        if found is not None:
            pattern, path_class = found
            prologue = (f"{target.id} = {path_class}({target.id})",) if path_class else ()
            return Items(how="files", names=(target.id,), pattern=pattern, prologue=prologue)
    return _grid(target, iterable, known) or _noted(target, item, unpack)


def _noted(target: ast.expr, item: str, unpack: str) -> Items:
    name = target.id if isinstance(target, ast.Name) else item
    return Items(how="noted", names=(name,), prologue=(f"{ast.unparse(target)} = {unpack}({name})",))


# files


def _files(node: ast.expr, known: Knowledge) -> tuple[str, str] | None:
    """Give pattern and path class of an expression that lists files; the class is empty for text."""
    match node:
        case ast.Name(id=name):
            held = known.expression(name)
            return _files(held, known) if held is not None else None
        case ast.Call(func=function, args=[first, *_]) if known.meaning(function) in _WRAPPERS | _SHOWN:
            return _files(first, known)
        case ast.Call(func=function, args=[pattern], keywords=keywords):
            meaning = known.meaning(function)
            if meaning in {"glob.glob", "glob.iglob"}:
                options = {keyword.arg for keyword in keywords}
                text = _text(pattern, known)
                deep = any(k.arg == "recursive" and getattr(k.value, "value", None) is True for k in keywords)
                if text is None or options - {"recursive"} or ("**" in text and not deep):
                    return None
                return (text, "") if _is_usual(text) else None
            if isinstance(function, ast.Attribute) and function.attr in {"glob", "rglob"} and not keywords:
                return _path_glob(function, pattern, known)
    return None


def _path_glob(function: ast.Attribute, pattern: ast.expr, known: Knowledge) -> tuple[str, str] | None:
    place = _path(function.value, known)
    text = _text(pattern, known)
    if place is None or text is None or text.startswith("/"):
        return None
    folder, path_class = place
    whole = posixpath.join(folder, "**", text) if function.attr == "rglob" else posixpath.join(folder, text)
    whole = whole.removeprefix("./")
    return (whole, path_class) if _is_usual(whole) else None


def _path(node: ast.expr, known: Knowledge) -> tuple[str, str] | None:
    """Give the text and the class, as typed, of a path that the code tells."""
    match node:
        case ast.Name(id=name):
            held = known.expression(name)
            return _path(held, known) if held is not None else None
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            base, more = _path(left, known), _text(right, known)
            return (posixpath.join(base[0], more), base[1]) if base is not None and more is not None else None
        case ast.Call(func=function, args=arguments, keywords=[]) if (
            known.meaning(function) == "pathlib.Path"
        ):
            texts = [_text(argument, known) for argument in arguments]
            if any(text is None for text in texts):
                return None
            joined = posixpath.normpath(posixpath.join(".", *(text or "" for text in texts)))
            return joined, ast.unparse(function)
    return None


def _text(node: ast.expr, known: Knowledge) -> str | None:
    match node:
        case ast.JoinedStr(values=parts):
            texts = [_text(p.value if isinstance(p, ast.FormattedValue) else p, known) for p in parts]
            if any(
                isinstance(p, ast.FormattedValue) and (p.format_spec or p.conversion != -1) for p in parts
            ):
                return None
            return None if any(text is None for text in texts) else "".join(text or "" for text in texts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = _text(left, known), _text(right, known)
            return None if one is None or other is None else one + other
        case ast.Call(func=function, args=arguments) if known.meaning(function) == "os.path.join":
            texts = [_text(argument, known) for argument in arguments]
            return None if any(t is None for t in texts) else posixpath.join(*(t or "" for t in texts))
    try:
        value = known.constant(node)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _is_usual(pattern: str) -> bool:
    """Tell whether the files' paths in the notebook read as the contract's do."""
    if pattern.startswith(("/", "~", "./", "..")) or "\\" in pattern:
        return False
    return any(sign in pattern for sign in "*?[") and posixpath.normpath(pattern) == pattern


# grids


def _grid(target: ast.expr, iterable: ast.expr, known: Knowledge) -> Items | None:
    parts = _names(target)
    if parts is None:
        return None
    match iterable:
        case ast.Call(func=function, args=[grid], keywords=[]) if known.meaning(function).endswith(
            "model_selection.ParameterGrid"
        ):
            return _parameter_grid(target, grid, known)
        case ast.Call(func=function, args=axes, keywords=[]) if (
            known.meaning(function) == "itertools.product"
            and isinstance(target, ast.Tuple)
            and len(axes) == len(target.elts)
            and all(isinstance(each, ast.Name) for each in target.elts)
        ):
            found = [_axis(name, axis, known) for name, axis in zip(parts, axes, strict=True)]
            if any(each is None for each in found):
                return None
            values = {name: each[0] for name, each in zip(parts, found, strict=True) if each is not None}
            if math.prod(map(len, values.values())) > MOST_ITEMS or not all(values.values()):
                return None
            prologue = tuple(line for each in found if each is not None for line in each[1])
            return Items(how="grid", names=parts, grid=values, prologue=prologue)
    if isinstance(target, ast.Name):
        axis = _axis(target.id, iterable, known)
        if axis is None or not axis[0]:
            return None
        return Items(how="grid", names=parts, grid={target.id: axis[0]}, prologue=axis[1])
    listed = _values(iterable, known)
    if not listed:
        return None
    sets = []
    for value in listed:
        flat = _flat(target, value)
        if flat is None or not all(map(_is_plain, flat)):
            return None
        sets.append(dict(zip(parts, flat, strict=True)))
    return Items(how="grid", names=parts, grid=sets)


def _parameter_grid(target: ast.expr, grid: ast.expr, known: Knowledge) -> Items | None:
    if not isinstance(target, ast.Name):
        return None
    try:
        values = known.constant(grid)
    except ValueError:
        return None
    if not isinstance(values, dict) or not values:
        return None
    for name, listed in values.items():
        if not (isinstance(name, str) and name.isidentifier() and isinstance(listed, list) and listed):
            return None
        if not all(map(_is_plain, listed)):
            return None
    # scikit-learn sorts the names, and varies the last one first
    ordered = {name: values[name] for name in sorted(values)}
    prologue = (f"{target.id} = dict(params)",)
    return Items(how="grid", names=("params",), grid=ordered, prologue=prologue)


def _axis(name: str, node: ast.expr, known: Knowledge) -> tuple[list[Any], tuple[str, ...]] | None:
    """Give the values of one parameter, and what makes numpy's numbers of them where they were."""
    even = _evenly(node, known)
    if even is not None:
        values, maker = even
        return values, (f"{name} = {maker}({name})",)
    found = _values(node, known)
    return (found, ()) if found is not None and all(map(_is_plain, found)) else None


def _values(node: ast.expr, known: Knowledge) -> list[Any] | None:
    """Give the items of an expression that the text tells; None where it does not."""
    match node:
        case ast.Call(func=function, args=arguments, keywords=keywords):
            name = known.meaning(function)
            if name in _SHOWN - {"tqdm.trange"} and arguments:
                return _values(arguments[0], known)
            if keywords or not arguments:
                return None
            if name == "range" or name == "tqdm.trange":  # noqa: PLR1714  # one is Python's, one counts aloud
                return _range(arguments, known)
            listed = [_values(argument, known) for argument in arguments]
            if any(each is None for each in listed):
                return None
            given = [each or [] for each in listed]
            if name == "enumerate" and len(given) == 1:
                return list(enumerate(given[0]))
            if name == "zip":
                return list(zip(*given, strict=False))
            if name == "itertools.product" and math.prod(map(len, given)) <= MOST_ITEMS:
                return list(itertools.product(*given))
            if name in {"list", "tuple"} and len(given) == 1:
                return given[0]
            if name == "reversed" and len(given) == 1:
                return given[0][::-1]
            if name == "sorted" and len(given) == 1:
                try:
                    return sorted(given[0])
                except TypeError:
                    return None
            return None
    try:
        value = known.constant(node)
    except ValueError:
        found = known.expression(node.id) if isinstance(node, ast.Name) else None
        return _values(found, known) if isinstance(found, ast.Call) else None
    # a set has no order that the text tells; the items of a text are its characters
    return list(value) if isinstance(value, list | tuple | dict | str) and len(value) <= MOST_ITEMS else None


def _range(arguments: list[ast.expr], known: Knowledge) -> list[Any] | None:
    try:
        numbers = [known.constant(argument) for argument in arguments]
        made = range(*numbers)
    except (ValueError, TypeError):
        return None
    return list(made) if len(made) <= MOST_ITEMS else None


def _evenly(node: ast.expr, known: Knowledge) -> tuple[list[Any], str] | None:
    """Give the numbers of ``np.linspace`` and its kin, and numpy's class for them as typed."""
    if isinstance(node, ast.Name):
        held = known.expression(node.id)
        return _evenly(held, known) if held is not None else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if known.meaning(node.func) not in {
        f"numpy.{name}" for name in ("linspace", "arange", "logspace", "geomspace")
    }:
        return None
    try:
        arguments = [known.constant(argument) for argument in node.args]
        options = {str(each.arg): known.constant(each.value) for each in node.keywords}
    except ValueError:
        return None
    if set(options) - {"num", "endpoint", "base"} or not all(type(a) in (int, float) for a in arguments):
        return None
    import numpy as np

    try:
        made = getattr(np, node.func.attr)(*arguments, **options)
    except (TypeError, ValueError, ZeroDivisionError, MemoryError):
        return None
    if made.ndim != 1 or not 0 < len(made) <= MOST_ITEMS:
        return None
    return made.tolist(), f"{ast.unparse(node.func.value)}.{made.dtype.name}"


def _names(target: ast.expr) -> tuple[str, ...] | None:
    """Give the names of a target in order; None where it is no plain nesting of names, or one comes twice."""
    match target:
        case ast.Name(id=name):
            return (name,)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            found = [_names(part) for part in parts]
            if any(each is None for each in found):
                return None
            flat = tuple(name for each in found for name in each or ())
            return flat if len(set(flat)) == len(flat) else None
    return None


def _flat(target: ast.expr, value: Any) -> list[Any] | None:
    """Take an item apart as the target does."""
    if isinstance(target, ast.Name):
        return [value]
    assert isinstance(target, ast.Tuple | ast.List)
    if not isinstance(value, list | tuple) or len(value) != len(target.elts):
        return None
    flat: list[Any] = []
    for part, inner in zip(target.elts, value, strict=True):
        found = _flat(part, inner)
        if found is None:
            return None
        flat += found
    return flat


def _is_plain(value: Any) -> bool:
    """Tell whether JSON gives a value back as it is."""
    if type(value) is list:
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(type(key) is str for key in value) and all(map(_is_plain, value.values()))
    return value is None or type(value) in (str, int, float, bool)
