"""Whether a statement at a module's top level does more, when it is imported, than bind its names."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping

_QUIET_DECORATORS = frozenset(
    (
        *("functools.cache", "functools.lru_cache", "functools.total_ordering", "functools.cached_property"),
        *("dataclasses.dataclass", "contextlib.contextmanager", "abc.abstractmethod", "enum.unique"),
        *("typing.overload", "typing.final", "typing.no_type_check", "typing.runtime_checkable"),
        *("property", "staticmethod", "classmethod"),
    )
)
_QUIET_BASES = frozenset(
    (
        *("enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag", "abc.ABC"),
        *("typing.NamedTuple", "typing.TypedDict", "typing.Protocol", "object", "dict", "list", "str", "int"),
    )
)
_ACCESSORS = frozenset(("setter", "getter", "deleter"))


class Quietness:
    """Judges the statements of one module.

    Parameters
    ----------
    origins
        Names that one import alone binds, each with what it stands for (``functools.cache``).
    bound
        All names that the module binds: they hide Python's own.
    """

    def __init__(self, origins: Mapping[str, str], bound: frozenset[str]) -> None:
        self._origins = origins
        self._bound = bound

    def is_quiet(self, node: ast.stmt) -> bool:
        """Say whether a statement only binds names. A call may do anything, and so may an operator."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                arguments = node.args
                defaults = (*arguments.defaults, *filter(None, arguments.kw_defaults))
                return (
                    all(map(self._is_quiet_decorator, node.decorator_list))
                    and all(map(self._is_quiet_value, defaults))
                    and not any(map(_calls, _annotations(node)))
                )
            case ast.ClassDef():
                return (
                    not node.keywords
                    and all(map(self._is_quiet_decorator, node.decorator_list))
                    and all(map(self._is_quiet_base, node.bases))
                    and all(map(self.is_quiet, node.body))
                    # an object may want to know that it became an attribute
                    and not any(map(self._binds_object, node.body))
                )
            case ast.Assign():
                return all(isinstance(target, ast.Name) for target in node.targets) and self._is_quiet_value(
                    node.value
                )
            case ast.AnnAssign():
                return (
                    isinstance(node.target, ast.Name)
                    and not _calls(node.annotation)
                    and (node.value is None or self._is_quiet_value(node.value))
                )
            case ast.If():
                return self._is_quiet_value(node.test) and all(map(self.is_quiet, (*node.body, *node.orelse)))
            case ast.Try():
                inside = (
                    *node.body,
                    *node.orelse,
                    *node.finalbody,
                    *(s for h in node.handlers for s in h.body),
                )
                return all(map(self.is_quiet, inside))
            case ast.Expr():
                return isinstance(node.value, ast.Constant)
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                return True
        return False

    @staticmethod
    def _binds_object(node: ast.stmt) -> bool:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        return value is not None and any(isinstance(part, ast.Name) for part in ast.walk(value))

    def reads_names(self, node: ast.stmt) -> bool:
        """Say whether a statement reads the module's own names when it is executed."""
        return any(
            isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id in self._bound
            for part in _executed(node)
        )

    def _is_quiet_value(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant() | ast.Name():
                return True
            case ast.Tuple() | ast.List() | ast.Set():
                return all(map(self._is_quiet_value, node.elts))
            case ast.Dict():
                return all(map(self._is_quiet_value, (*filter(None, node.keys), *node.values))) and all(
                    node.keys
                )
            case ast.Lambda():
                defaults = (*node.args.defaults, *filter(None, node.args.kw_defaults))
                return all(map(self._is_quiet_value, defaults))
            case ast.UnaryOp() | ast.BinOp() | ast.BoolOp() | ast.Compare():
                # operators of the author's own classes may do anything
                return all(
                    isinstance(part, ast.Constant) or not isinstance(part, ast.expr) or _is_operation(part)
                    for part in ast.walk(node)
                )
            case ast.Attribute():
                return self._origin(node) != ""
        return False

    def _is_quiet_decorator(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            values = (*node.args, *(each.value for each in node.keywords))
            return self._is_quiet_decorator(node.func) and all(map(self._is_quiet_value, values))
        if isinstance(node, ast.Attribute) and node.attr in _ACCESSORS and isinstance(node.value, ast.Name):
            return True
        return self._origin(node) in _QUIET_DECORATORS

    def _is_quiet_base(self, node: ast.expr) -> bool:
        origin = self._origin(node)
        found = getattr(builtins, origin, None)
        return origin in _QUIET_BASES or (isinstance(found, type) and issubclass(found, BaseException))

    def _origin(self, node: ast.expr) -> str:
        """Give what a dotted name stands for: ``functools.cache``, ``ValueError``; empty if not known."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        if node.id in self._origins:
            return ".".join([self._origins[node.id], *attributes])
        return node.id if node.id not in self._bound and not attributes and hasattr(builtins, node.id) else ""


def _is_operation(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp | ast.BinOp | ast.BoolOp | ast.Compare)


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg) and argument.annotation:
            yield argument.annotation
    if node.returns:
        yield node.returns


def _calls(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Call | ast.NamedExpr) for part in ast.walk(node))


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """Give the parts of a statement that are executed with it; annotations are left out."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parts: list[ast.AST] = [
            *node.decorator_list,
            *node.args.defaults,
            *filter(None, node.args.kw_defaults),
        ]
    elif isinstance(node, ast.Lambda):
        parts = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
    elif isinstance(node, ast.AnnAssign):
        parts = [node.target, *([node.value] if node.value else [])]
    else:
        parts = list(ast.iter_child_nodes(node))
    for part in parts:
        yield from _executed(part)
