"""The filter of a sweep: a comparison over its names, read as a tree and never executed as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_agilab.diagnostics import Finding, did_you_mean

Evaluate = Callable[[Mapping[str, Any]], Any]

_MOST_CHARACTERS = 10_000
_LARGEST_EXPONENT = 1_000

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}


class _RefusedError(Exception):
    def __init__(self, message: str, node: ast.AST | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.column = getattr(node, "col_offset", None)
        self.hint = hint


class Where:
    """A filter that was understood; call it with a set of parameters.

    Parameters
    ----------
    text
        Comparisons (also chained), ``in``, ``and``, ``or``, ``not``, arithmetic over numbers, names and
        literals.
    """

    def __init__(self, text: str, evaluate: Evaluate) -> None:
        self.text = text
        self._evaluate = evaluate

    def __call__(self, parameters: Mapping[str, Any]) -> bool:
        """Whether the set stays.

        Raises
        ------
        TypeError, ValueError, ArithmeticError
            The values of this set cannot be compared or calculated with in this way, or the result is not
            true or false.
        """
        value = self._evaluate(parameters)
        if not isinstance(value, bool):
            raise TypeError(f"gives {value!r}, which is neither true nor false")
        return value


def read_where(text: str, names: Sequence[str]) -> Where | Finding:
    """Understand a filter over `names`, or say what is wrong with it; nothing is executed either way."""
    try:
        if len(text) > _MOST_CHARACTERS:
            raise _RefusedError(f"must not be longer than {_MOST_CHARACTERS:,} characters")
        tree = ast.parse(text.strip(), mode="eval")
        return Where(text, _compiled(tree.body, frozenset(names)))
    except _RefusedError as error:
        column = error.column
        message, hint = f"`where` {error}", error.hint
    except SyntaxError as error:
        column = None if error.offset is None else error.offset - 1
        message, hint = (
            f"`where` is not a comparison that can be read: {error.msg}",
            'as in "lr * batch < 10"',
        )
    except (ValueError, RecursionError, MemoryError) as error:
        column, hint = None, ""
        message = f"`where` is not a comparison that can be read: {error or type(error).__name__}"
    return Finding(
        code="partition.where",
        message=message,
        key="partition.where",
        column=None if column is None else column + 1,
        hint=hint,
    )


def _compiled(node: ast.expr, names: frozenset[str]) -> Evaluate:
    match node:
        case ast.Constant(value=value):
            return lambda parameters: value
        case ast.Name(id=name):
            if name not in names:
                hint = did_you_mean(name, names) or "names: " + ", ".join(sorted(names))
                raise _RefusedError(f"names {name!r}, which is not a parameter of the sweep", node, hint)
            return operator.itemgetter(name)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            parts = [_compiled(item, names) for item in items]
            return lambda parameters: [part(parameters) for part in parts]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _compiled(operand, names)
            return lambda parameters: not inner(parameters)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
            return _sign(_SIGNS[type(op)], _compiled(operand, names))
        case ast.BoolOp(op=op, values=values):
            return _logic([_compiled(value, names) for value in values], stop_at=isinstance(op, ast.Or))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _arithmetic(_power, _compiled(left, names), _compiled(right, names))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _arithmetic(_ARITHMETIC[type(op)], _compiled(left, names), _compiled(right, names))
        case ast.Compare(left=left, ops=ops, comparators=others):
            parts = [_compiled(item, names) for item in (left, *others)]
            return _comparison([_COMPARE[type(op)] for op in ops], parts)
    raise _RefusedError(
        f"may hold comparisons, arithmetic, names and literals, not {ast.unparse(node)[:40]!r}",
        node,
        "as in \"lr * batch < 10 and model != 'svm'\"",
    )


def _sign(sign: Callable[[Any], Any], inner: Evaluate) -> Evaluate:
    return lambda parameters: sign(_number(inner(parameters)))


def _logic(parts: list[Evaluate], *, stop_at: bool) -> Evaluate:
    def evaluate(parameters: Mapping[str, Any]) -> Any:
        value: Any = not stop_at
        for part in parts:
            value = part(parameters)
            if bool(value) is stop_at:
                break
        return value

    return evaluate


def _arithmetic(calculate: Callable[[Any, Any], Any], left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda parameters: calculate(_number(left(parameters)), _number(right(parameters)))


def _comparison(compares: list[Callable[[Any, Any], Any]], parts: list[Evaluate]) -> Evaluate:
    if len(compares) == 1:
        compare, (first, second) = compares[0], parts
        return lambda parameters: compare(first(parameters), second(parameters))

    def evaluate(parameters: Mapping[str, Any]) -> Any:
        value: Any = True
        left = parts[0](parameters)
        for compare_next, part in zip(compares, parts[1:], strict=True):
            right = part(parameters)
            value = compare_next(left, right)
            if not value:
                break
            left = right
        return value

    return evaluate


def _number(value: Any) -> Any:
    # text would multiply to any size
    if isinstance(value, int | float):
        return value
    raise TypeError(f"calculates with {value!r}, which is not a number")


def _power(base: Any, exponent: Any) -> Any:
    if abs(exponent) > _LARGEST_EXPONENT or (isinstance(base, int) and base.bit_length() > _LARGEST_EXPONENT):
        raise ValueError("raises to a power that is too large")
    return base**exponent
