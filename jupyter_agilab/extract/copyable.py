"""Which assignments of earlier cells may be copied: expressions that make the same value anywhere."""

from __future__ import annotations

import ast
from collections.abc import Callable

MAKERS = frozenset(
    [
        "re.compile",
        "pathlib.Path",
        "pathlib.PurePath",
        "pathlib.PurePosixPath",
        "datetime.datetime",
        "datetime.date",
        "datetime.time",
        "datetime.timedelta",
        "datetime.timezone",
        "zoneinfo.ZoneInfo",
        "decimal.Decimal",
        "fractions.Fraction",
        "functools.partial",
        "functools.cache",
        "functools.lru_cache",
        "operator.itemgetter",
        "operator.attrgetter",
        "operator.methodcaller",
        "collections.namedtuple",
        "typing.NamedTuple",
        "typing.TypedDict",
        "typing.TypeVar",
        "typing.NewType",
        "enum.Enum",
        "enum.IntEnum",
        "logging.getLogger",
        "struct.Struct",
        "string.Template",
        "numpy.dtype",
        "numpy.vectorize",
        "numba.njit",
        "numba.jit",
        "pandas.Timestamp",
        "pandas.Timedelta",
        "frozenset",
        "range",
        "complex",
        "float",
        "int",
        "str",
        "tuple",
        "slice",
        "str.maketrans",
    ]
)
"""What may be called: it makes an immutable value, a function or a class from its arguments alone."""


def is_copyable(expression: ast.expr, meaning: Callable[[str], str | None]) -> bool:
    """Tell whether an expression gives the same value in a module as in the notebook.

    `meaning` gives the dotted path that a path in the expression stands for, None where that is not known.
    Containers that can be changed later are not copyable, and neither is anything that reads a file, a clock
    or a random generator.
    """
    match expression:
        case ast.Constant() | ast.Lambda() | ast.Name():
            return True
        case ast.Attribute(value=value):
            return is_copyable(value, meaning)
        case ast.Tuple(elts=parts):
            return all(is_copyable(part, meaning) for part in parts)
        case ast.UnaryOp(operand=operand):
            return is_copyable(operand, meaning)
        case ast.BinOp(left=left, right=right):
            return is_copyable(left, meaning) and is_copyable(right, meaning)
        case ast.Subscript(value=value, slice=index):
            return is_copyable(value, meaning) and is_copyable(index, meaning)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return _is_maker(function, meaning) and all(
                _is_argument(part, meaning) for part in (*arguments, *(keyword.value for keyword in keywords))
            )
        case _:
            return False


def _is_maker(function: ast.expr, meaning: Callable[[str], str | None]) -> bool:
    parts: list[str] = []
    node = function
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return False
    return meaning(".".join([node.id, *reversed(parts)])) in MAKERS


def _is_argument(node: ast.expr, meaning: Callable[[str], str | None]) -> bool:
    """Allow lists, sets and dictionaries as arguments: what is made of them keeps its own copy."""
    match node:
        case ast.List(elts=parts) | ast.Set(elts=parts):
            return all(_is_argument(part, meaning) for part in parts)
        case ast.Dict(keys=keys, values=values):
            return all(_is_argument(part, meaning) for part in (*keys, *values) if part is not None)
        case ast.Starred(value=value):
            return _is_argument(value, meaning)
        case _:
            return is_copyable(node, meaning)
