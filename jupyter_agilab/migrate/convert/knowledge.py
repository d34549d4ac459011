"""What the notebook's text tells about a name at the place of a loop."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from jupyter_agilab.extract.context import ExecutedCell
from jupyter_agilab.extract.history import History
from jupyter_agilab.extract.imports import line_binding
from jupyter_agilab.extract.origins import expression_of
from jupyter_agilab.extract.rules.captured_writes import MUTATORS

_READERS = frozenset(
    {"len", "print", "sum", "min", "max", "sorted", "list", "tuple", "set", "enumerate", "zip"}
)
_READERS |= {
    "range",
    "any",
    "all",
    "reversed",
    "iter",
    "str",
    "repr",
    "type",
    "isinstance",
    "product",
    "tqdm",
}
_READERS |= {"dict", "display", "map", "filter"}
_HOLDERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Call)


class Knowledge:
    """The cells above a loop, and what each name means after them.

    Parameters
    ----------
    cells
        Code cells above the loop, and the text of its own cell above it, in the notebook's order.
    hidden
        Names that mean something else at the loop: those of the function around it.
    """

    def __init__(self, cells: Sequence[ExecutedCell], hidden: frozenset[str] = frozenset()) -> None:
        self.cells = tuple(cells)
        self.hidden = hidden
        self.history = History(cells)

    def expression(self, name: str) -> ast.expr | None:
        """Give the expression that a name was assigned last; None where that is not all that is known."""
        if name in self.hidden or self.may_have_changed(name):
            return None
        return expression_of(self.history.last(name))

    def meaning(self, node: ast.expr) -> str:
        """Give the dotted path that a name or chain of attributes was imported as; empty for any other."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.hidden:
            return ""
        binding = self.history.last(node.id)
        line = line_binding(binding.statement, node.id) if binding is not None else None
        if line is None:
            return "" if binding is not None or parts else node.id
        return ".".join([line.meaning, *reversed(parts)])

    def constant(self, node: ast.expr) -> Any:
        """Give the value of a literal, or of a name that was assigned one.

        Raises
        ------
        ValueError
            It is neither.
        """
        seen = 0
        while isinstance(node, ast.Name) and seen < 10:
            found = self.expression(node.id)
            if found is None:
                raise ValueError(node.id)
            node, seen = found, seen + 1
        try:
            return ast.literal_eval(node)
        except (TypeError, SyntaxError, MemoryError, RecursionError) as error:
            raise ValueError(str(error)) from error

    def may_have_changed(self, name: str) -> bool:
        """Tell whether a name's value may have been changed in place since it was bound, or bound elsewhere.

        Whatever is handed to a function that is not known, or called by a method that changes it, may be.
        """
        binding = self.history.last(name)
        if binding is None:
            return True
        held = getattr(binding.statement, "value", None)
        is_container = isinstance(held, _HOLDERS)
        for cell in self.history.cells:
            for index, statement in enumerate(cell.body):
                if (cell.position, index) == binding.order:
                    continue
                for node in ast.walk(statement):
                    if isinstance(node, ast.Global) and name in node.names:
                        return True
                if is_container and (cell.position, index) > binding.order and _changes(statement, name):
                    return True
        return False


def _changes(statement: ast.stmt, name: str) -> bool:
    parents = {child: node for node in ast.walk(statement) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(statement):
        if not (isinstance(node, ast.Name) and node.id == name):
            continue
        match parents.get(node):
            case ast.Attribute(attr=method):
                if method in MUTATORS or not isinstance(parents.get(parents[node]), ast.Call):
                    return True
            case ast.Subscript(ctx=context, value=value) if value is node:
                if not isinstance(context, ast.Load):
                    return True
            case ast.Call(func=called) if called is not node:
                label = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if label not in _READERS:
                    return True
            case ast.For() | ast.comprehension() | ast.Compare() | ast.FormattedValue() | ast.Expr():
                pass
            case ast.Subscript() | ast.BinOp() | ast.BoolOp() | ast.If() | ast.IfExp() | ast.UnaryOp():
                pass
            case _:
                return True
    return False
