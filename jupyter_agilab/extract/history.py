"""What the cells executed before bind, and which statement bound a name last."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_agilab.cells import PythonSource, python_source
from jupyter_agilab.extract.bindings import bindings, bound_name, dotted
from jupyter_agilab.extract.context import ExecutedCell
from jupyter_agilab.extract.parsing import parse

BindingKind = Literal["import", "function", "class", "value", "other"]
"""``value``: ``NAME = expression``. ``other``: loops, ``with``, unpacking, ``+=`` and whatever else binds."""


@dataclass(frozen=True, slots=True, eq=False)
class ParsedCell:
    """An executed cell as Python; ``position`` is its 0-based place in the order of execution."""

    position: int
    executed: ExecutedCell
    source: PythonSource
    body: tuple[ast.stmt, ...]

    @property
    def label(self) -> str | None:
        """What findings call the cell."""
        return self.executed.label or f"#{self.position + 1}"


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One statement that binds ``name``; ``index`` is its place in the cell's body."""

    name: str
    kind: BindingKind
    cell: ParsedCell
    index: int

    @property
    def statement(self) -> ast.stmt:
        """The statement itself."""
        return self.cell.body[self.index]

    @property
    def where(self) -> str:
        """The place in words."""
        return f"cell {self.cell.label}, line {self.statement.lineno}"

    @property
    def order(self) -> tuple[int, int]:
        """Sorts bindings in the order in which they were executed."""
        return self.cell.position, self.index


class History:
    """The bindings of all executed cells; cells that are not Python bind nothing."""

    def __init__(self, cells: Sequence[ExecutedCell]) -> None:
        self.cells = tuple(cell for cell in map(_parsed, range(len(cells)), cells) if cell is not None)
        self._bindings: dict[str, list[Binding]] = {}
        for cell in self.cells:
            for index, statement in enumerate(cell.body):
                for name in dict.fromkeys(bindings(statement)):
                    self._bindings.setdefault(name, []).append(
                        Binding(name, _kind(statement, name), cell, index)
                    )

    def last(self, name: str) -> Binding | None:
        """Give the binding of `name` that was executed last; None if there is none or it was deleted."""
        found = self._bindings.get(name)
        return None if found is None or isinstance(found[-1].statement, ast.Delete) else found[-1]

    def deleted(self, name: str) -> Binding | None:
        """Give the statement that deleted `name`, where that was the last that happened to it."""
        found = self._bindings.get(name)
        return found[-1] if found is not None and isinstance(found[-1].statement, ast.Delete) else None

    def names(self) -> frozenset[str]:
        """Give all names that some cell binds."""
        return frozenset(self._bindings)

    def imports(self) -> Iterator[ast.Import | ast.ImportFrom]:
        """Give the import statements of all cells, nested ones included."""
        for cell in self.cells:
            for statement in cell.body:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        yield node

    def stars(self) -> tuple[str, ...]:
        """Give the modules of ``from module import *``, the last executed first."""
        found = [
            node.module
            for node in self.imports()
            if isinstance(node, ast.ImportFrom)
            and node.module
            and any(alias.name == "*" for alias in node.names)
        ]
        return tuple(dict.fromkeys(reversed(found)))

    def changes_of(self, name: str, after: Binding) -> list[tuple[ParsedCell, ast.stmt]]:
        """Find assignments to an attribute or item of `name` that were executed after its binding."""
        found = []
        for cell in self.cells:
            for index, statement in enumerate(cell.body):
                if (cell.position, index) > after.order and any(
                    _root(t) == name for t in _written_through(statement)
                ):
                    found.append((cell, statement))
        return found


def _parsed(position: int, cell: ExecutedCell) -> ParsedCell | None:
    source = python_source(cell.source)
    if source.cell_magic is not None:
        # the names of such a cell never reached the user's namespace
        return None
    try:
        tree = parse(source.text)
    except (SyntaxError, ValueError):
        return None
    return ParsedCell(position, cell, source, tuple(tree.body))


def _kind(statement: ast.stmt, name: str) -> BindingKind:
    match statement:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return "import" if any(bound_name(alias) == name for alias in names) else "other"
        case ast.FunctionDef() | ast.AsyncFunctionDef() if statement.name == name:
            return "function"
        case ast.ClassDef() if statement.name == name:
            return "class"
        case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
            return "value"
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr()) if target == name:
            return "value"
        case _:
            return "other"


def _written_through(statement: ast.stmt) -> Iterator[ast.expr]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign | ast.Delete):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        targets = [statement.target]
    yield from (target for target in targets if isinstance(target, ast.Attribute | ast.Subscript))


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return dotted(node)
