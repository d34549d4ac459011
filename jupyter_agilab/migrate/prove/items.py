"""How many items a candidate has, where it can be seen."""

from __future__ import annotations

import ast
import math

from jupyter_agilab.migrate.prove.progress import is_progress
from jupyter_agilab.migrate.prove.scene import Scene


def count_items(scene: Scene, node: ast.expr | None, depth: int = 0) -> int | None:
    """Give the number of items, None where the text does not tell it."""
    if node is None or depth > 8:
        return None
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            return None if any(isinstance(each, ast.Starred) for each in node.elts) else len(node.elts)
        case ast.Dict():
            return None if None in node.keys else len(node.keys)
        case ast.Constant(value=str() as text):
            return len(text)
        case ast.Name():
            several = scene.bindings(node.id)
            if len(several) == 1 and several[0].role == "assigned":
                return count_items(scene, several[0].value, depth + 1)
            return None
        case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant(value=int() as stop), step=None)):
            total = count_items(scene, node.value, depth + 1)
            return (
                stop
                if total is None and stop >= 0
                else min(total, stop)
                if total is not None and stop >= 0
                else None
            )
        case ast.Call():
            return _of_call(scene, node, depth)
        case _:
            return None


def _of_call(scene: Scene, node: ast.Call, depth: int) -> int | None:
    func = node.func
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    if name in {"range", "arange", "trange"} and node.args:
        numbers = [_number(scene, each) for each in node.args]
        if any(number is None for number in numbers):
            return None
        start, stop, step = {1: (0, numbers[0], 1), 2: (*numbers, 1), 3: tuple(numbers)}.get(
            len(numbers), (0, 0, 0)
        )
        return max(0, math.ceil((stop - start) / step)) if step else None  # type: ignore[operator]  # none is None here
    if name in {"linspace", "logspace", "geomspace"}:
        given = (
            node.args[2]
            if len(node.args) > 2
            else next((k.value for k in node.keywords if k.arg == "num"), None)
        )
        number = _number(scene, given) if given is not None else 50
        return int(number) if number is not None else None
    if name == "product":
        counts = [count_items(scene, each, depth + 1) for each in node.args]
        return math.prod(counts) if counts and None not in counts else None  # type: ignore[arg-type]  # none is None here
    if name == "zip":
        several = [count_items(scene, each, depth + 1) for each in node.args]
        known = [each for each in several if each is not None]
        return min(known) if known and len(known) == len(several) else None
    if name in {"items", "keys", "values"} and isinstance(func, ast.Attribute):
        return count_items(scene, func.value, depth + 1)
    if name == "split" and isinstance(func, ast.Attribute) and isinstance(func.value, ast.Constant):
        return len(str(func.value.value).split())
    if (
        name in {"enumerate", "sorted", "reversed", "list", "tuple", "array"} or is_progress(name)
    ) and node.args:
        return count_items(scene, node.args[0], depth + 1)
    return None


def _number(scene: Scene, node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(scene, node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.BinOp):
        left, right = _number(scene, node.left), _number(scene, node.right)
        if left is None or right is None:
            return None
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult() if abs(left) < 1e9 and abs(right) < 1e9:
                return left * right
            case _:
                return None
    if isinstance(node, ast.Name):
        several = scene.bindings(node.id)
        if (
            len(several) == 1
            and several[0].role == "assigned"
            and isinstance(several[0].value, ast.Constant | ast.UnaryOp)
        ):
            return _number(scene, several[0].value)
    return None
