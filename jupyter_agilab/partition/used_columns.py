"""Which columns of its table a function uses, where its source says so for certain.

The table is followed through the function: it may be asked for columns by name, filtered by a comparison of
such columns, grouped by columns, assigned to names, and measured with ``len``. Any other use (it is returned,
passed on, asked for a method that may look at every column) means all columns, and so does all that is not
understood. Reading fewer columns then changes nothing that the function can see.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final, Literal

Form = Literal["df-pandas", "df-polars", "table-arrow", "rows"]

_SEE_EVERYTHING = frozenset({"locals", "vars", "eval", "exec", "globals", "dir", "inspect", "sys", "gc"})
_GROUPING: Final = frozenset({"as_index", "sort", "observed", "dropna", "group_keys"})
"""Options of ``groupby`` that look at no further column."""
_AGGREGATING: Final = frozenset(
    (
        *(
            "sum",
            "mean",
            "median",
            "min",
            "max",
            "count",
            "size",
            "std",
            "var",
            "sem",
            "prod",
            "first",
            "last",
        ),
        *("nunique", "agg", "aggregate", "quantile", "cumsum", "cumprod", "cummax", "cummin", "rank", "any"),
        *("all", "idxmax", "idxmin"),
    )
)
"""What a chosen column of groups may be asked for: it sees only that column."""
_TESTING: Final = frozenset(
    ("isin", "isna", "notna", "isnull", "notnull", "between", "eq", "ne", "lt", "le", "gt", "ge")
)
"""Methods of a column that give true or false for each row."""


class _WholeError(Exception):
    """The table is used in a way that needs all of its columns, or in one that is not understood."""


def columns_for(source: str, function: str, parameter: str, form: str) -> tuple[str, ...] | None:
    """Do what `used_columns` does, with what pandas says of its attributes; None for other forms."""
    match form:
        case "df-pandas":
            try:
                import pandas as pd
            except ImportError:
                return None
            return used_columns(source, function, parameter, form, lambda name: hasattr(pd.DataFrame, name))
        case "df-polars" | "table-arrow" | "rows":
            return used_columns(source, function, parameter, form, lambda name: True)
    return None


def used_columns(
    source: str, function: str, parameter: str, form: Form, is_method: Callable[[str], bool]
) -> tuple[str, ...] | None:
    """Give the columns that a function uses of the table in one of its parameters; None for all.

    Names that are not in the table may be among them.

    Parameters
    ----------
    source
        The text of the function's module.
    function, parameter, form
        The function, its parameter, and what that receives.
    is_method
        Whether an attribute of that name is something else than a column.
    """
    try:
        node = _function(ast.parse(source), function)
        if node is None or node.decorator_list:
            return None
        names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        if names & _SEE_EVERYTHING:
            return None
        walker = _Rows(node, parameter) if form == "rows" else _Table(node, parameter, form, is_method)
        found = walker.found()
    except (_WholeError, SyntaxError, ValueError, RecursionError):
        return None
    return tuple(sorted(found)) or None


def _function(module: ast.Module, name: str) -> ast.FunctionDef | None:
    found = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name
    ]
    only = found[0] if len(found) == 1 else None
    return only if isinstance(only, ast.FunctionDef) and only in module.body else None


def _is_read(use: ast.Name, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a name's value is looked at, as also in ``name += 1``."""
    return not isinstance(use.ctx, ast.Store) or isinstance(parents[use], ast.AugAssign)


def _with_parents(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    for parent in ast.walk(node):
        for child in ast.iter_child_nodes(parent):
            yield child, parent


class _Table:
    """Follows a table through a function."""

    def __init__(
        self, node: ast.FunctionDef, parameter: str, form: Form, is_method: Callable[[str], bool]
    ) -> None:
        self._node = node
        self._form = form
        self._is_method = is_method
        self._parents = dict(_with_parents(node))
        self._names = {parameter}
        self._columns: set[str] = set()

    def found(self) -> set[str]:
        """Give the names of the columns."""
        followed: set[str] = set()
        # names that the table is assigned to are followed in turn
        while waiting := self._names - followed:
            name = waiting.pop()
            followed.add(name)
            for use in ast.walk(self._node):
                if isinstance(use, ast.Global | ast.Nonlocal) and name in use.names:
                    raise _WholeError
                if isinstance(use, ast.Name) and use.id == name and _is_read(use, self._parents):
                    self._use(use)
        return self._columns

    def _use(self, node: ast.expr) -> None:
        """Look at what is done with an expression that is the table, or some rows of it."""
        if isinstance(getattr(node, "ctx", None), ast.Del):
            return
        parent = self._parents[node]
        match parent:
            case ast.Subscript(value=value, slice=inner) if value is node:
                self._subscript(parent, inner)
            case ast.Attribute(value=value, attr=name) if value is node:
                self._attribute(parent, name)
            case ast.Call(func=ast.Name(id="len"), args=[only], keywords=[]) if only is node:
                return
            case ast.Assign(targets=targets, value=value) if value is node:
                self._assigned(targets)
            case ast.AnnAssign(target=target, value=value) if value is node:
                self._assigned([target])
            case _:
                raise _WholeError

    def _assigned(self, targets: list[ast.expr]) -> None:
        for target in targets:
            if not isinstance(target, ast.Name):
                raise _WholeError
            self._names.add(target.id)

    def _subscript(self, node: ast.Subscript, inner: ast.expr) -> None:
        names = _texts(inner)
        if names is not None:
            if isinstance(inner, ast.Tuple):
                # pandas takes it for a name of several levels, polars for rows and columns
                raise _WholeError
            self._columns.update(names)
            return
        if self._form == "df-pandas" and self._is_mask(inner) and isinstance(node.ctx, ast.Load):
            # some rows of the same table
            self._use(node)
            return
        raise _WholeError

    def _is_mask(self, node: ast.expr) -> bool:
        """Whether an expression is a comparison of columns; the columns themselves are seen as uses."""
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Invert) and self._is_mask(node.operand)
        if isinstance(node, ast.BinOp):
            is_logic = isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor)
            return is_logic and self._is_mask(node.left) and self._is_mask(node.right)
        if isinstance(node, ast.Call):
            is_test = isinstance(node.func, ast.Attribute) and node.func.attr in _TESTING
            return is_test and isinstance(node.func, ast.Attribute) and self._is_column(node.func.value)
        return (
            isinstance(node, ast.Compare)
            and all(
                isinstance(op, ast.Eq | ast.NotEq | ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops
            )
            and self._is_column(node.left)
        )

    def _is_column(self, node: ast.expr) -> bool:
        """Whether an expression is one column of the table that is followed."""
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str())):
                return name in self._names
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                return name in self._names and self._names_column(attribute)
        return False

    def _names_column(self, attribute: str) -> bool:
        return not attribute.startswith("_") and not self._is_method(attribute)

    def _attribute(self, node: ast.Attribute, name: str) -> None:
        if self._form == "df-pandas" and isinstance(node.ctx, ast.Load):
            if self._names_column(name):
                self._columns.add(name)
                return
            if name == "index":
                return
        parent = self._parents[node]
        if isinstance(parent, ast.Call) and parent.func is node:
            self._method(parent, name)
        elif name == "loc" and self._form == "df-pandas" and isinstance(parent, ast.Subscript):
            self._located(parent.slice)
        else:
            raise _WholeError

    def _located(self, inner: ast.expr) -> None:
        """See ``df.loc[rows, columns]``."""
        match inner:
            case ast.Tuple(elts=[rows, columns]):
                names = _texts(columns)
                is_all = isinstance(rows, ast.Slice) and (rows.lower, rows.upper, rows.step) == (None,) * 3
                if (
                    names is not None
                    and not isinstance(columns, ast.Tuple)
                    and (is_all or self._is_mask(rows))
                ):
                    self._columns.update(names)
                    return
        raise _WholeError

    def _method(self, call: ast.Call, name: str) -> None:
        texts: list[str] = []
        for arg in call.args:
            found = _texts(arg)
            if found is None or isinstance(arg, ast.Tuple):
                raise _WholeError
            texts += found
        # for polars these are patterns of names
        if not texts or any(text == "*" or text.startswith("^") for text in texts):
            raise _WholeError
        if self._form == "df-pandas":
            self._grouped(call, name, texts)
        elif (name in {"select", "select_columns"} and not call.keywords) or (
            name in {"column", "get_column"} and len(texts) == 1
        ):
            self._columns.update(texts)
        else:
            raise _WholeError

    def _grouped(self, call: ast.Call, name: str, texts: list[str]) -> None:
        """See ``df.groupby(names)[names].sum()``."""
        chosen = self._parents[call]
        options = all(key.arg in _GROUPING and isinstance(key.value, ast.Constant) for key in call.keywords)
        if name != "groupby" or not options or len(call.args) != 1 or not isinstance(chosen, ast.Subscript):
            raise _WholeError
        found = None if isinstance(chosen.slice, ast.Tuple) else _texts(chosen.slice)
        asked = self._parents[chosen]
        is_aggregate = isinstance(asked, ast.Attribute) and asked.attr in _AGGREGATING
        if found is None or chosen.value is not call or not is_aggregate:
            raise _WholeError
        self._columns.update(texts, found)


class _Rows:
    """Follows the records of an iterator through the loops over it."""

    def __init__(self, node: ast.FunctionDef, parameter: str) -> None:
        self._node = node
        self._parameter = parameter
        self._parents = dict(_with_parents(node))

    def found(self) -> set[str]:
        """Give the names of the columns."""
        columns: set[str] = set()
        names: set[str] = set()
        for use in ast.walk(self._node):
            if isinstance(use, ast.Global | ast.Nonlocal):
                raise _WholeError
            if isinstance(use, ast.Name) and use.id == self._parameter:
                names.add(self._loop(use))
        for use in ast.walk(self._node):
            if isinstance(use, ast.Name) and use.id in names and _is_read(use, self._parents):
                columns.update(self._of_row(use))
        return columns

    def _loop(self, node: ast.Name) -> str:
        """Give the name of the record in the loop over the rows."""
        parent = self._parents[node]
        is_loop = isinstance(parent, ast.For | ast.comprehension) and parent.iter is node
        target = getattr(parent, "target", None) if is_loop else None
        if not isinstance(target, ast.Name):
            raise _WholeError
        return target.id

    def _of_row(self, node: ast.Name) -> list[str]:
        parent = self._parents[node]
        match parent:
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if value is node:
                return [name]
            case ast.Attribute(value=value, attr="get") if value is node:
                call = self._parents[parent]
                match call:
                    case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if func is parent:
                        return [name]
        raise _WholeError


def _texts(node: ast.expr) -> list[str] | None:
    """Give the text of a literal, or those of a list or tuple of literals; None for anything else."""
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    texts = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return texts if len(texts) == len(items) else None
