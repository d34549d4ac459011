"""A piece of code under examination: the cell, or a function copied from an earlier one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jupyter_agilab.cells import PythonSource, Translation
from jupyter_agilab.diagnostics import Finding, Severity
from jupyter_agilab.extract.bindings import dotted
from jupyter_agilab.extract.extraction import Becomes
from jupyter_agilab.extract.scope import Scope, analyse

Role = Literal["stage", "reducer"]


@dataclass(slots=True, eq=False)
class Unit:
    """Statements with all that a rule may ask about them.

    Attributes
    ----------
    body
        The statements that will be in the module.
    source
        The text that they were parsed from.
    label, first_line
        The cell's name in findings, and the number of its first line as typed.
    captured
        What each name from outside became, as far as it is decided.
    imported
        Name to the dotted path of what it was imported as, the cell's own imports included.
    is_cell
        False for a function copied from an earlier cell.
    displays
        Whether ``display`` is IPython's.
    seeding
        Dotted paths of everything that the cell calls, by which a rule sees whether it seeds a generator.
    """

    body: Sequence[ast.stmt]
    source: PythonSource
    label: str | None = None
    first_line: int = 1
    captured: Mapping[str, Becomes] = field(default_factory=dict)
    imported: Mapping[str, str] = field(default_factory=dict)
    role: Role = "stage"
    is_cell: bool = True
    displays: bool = True
    seeding: frozenset[str] = frozenset()
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.scope = analyse(self.body)

    @property
    def translations(self) -> tuple[Translation, ...]:
        """What the IPython syntax in these statements became; of the cell itself, all that stands in it."""
        if self.is_cell:
            return self.source.translations
        lines = {line for s in self.body for line in range(s.lineno, (s.end_lineno or s.lineno) + 1)}
        return tuple(translation for translation in self.source.translations if translation.line in lines)

    def nodes(self) -> Iterator[ast.AST]:
        """Walk all nodes of the statements."""
        for statement in self.body:
            yield from ast.walk(statement)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Give each call with the dotted path of what it calls, imports resolved (``numpy.random.rand``)."""
        for node in self.nodes():
            if isinstance(node, ast.Call) and (path := self.meaning(node.func)) is not None:
                yield node, path

    def meaning(self, node: ast.expr) -> str | None:
        """Give the dotted path of a name or a chain of attributes, imports resolved."""
        path = dotted(node)
        if path is None:
            return None
        root, _, rest = path.partition(".")
        root = self.imported.get(root, root)
        return f"{root}.{rest}" if rest else root

    def is_outside(self, node: ast.AST) -> bool:
        """Tell whether a node is a name that means something outside of these statements."""
        return isinstance(node, ast.Name) and id(node) in self.scope.outside

    def is_captured(self, node: ast.AST, *becomes: Becomes) -> bool:
        """Tell whether a node is a name from outside that became one of `becomes`, by default data."""
        wanted = becomes or ("parameter", "constant", "shared", "refused")
        return isinstance(node, ast.Name) and self.is_outside(node) and self.captured.get(node.id) in wanted

    def place(self, line: int, offset: int) -> tuple[int, int]:
        """Give line and column, both 1-based and in characters, in the cell as typed; `offset` is `ast`'s."""
        text = self.source.text.split("\n")[line - 1]
        column = len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")) + 1
        return line + self.first_line - 1, self.source.typed_column(line, column)

    def finding(
        self,
        node: ast.AST,
        code: str,
        message: str,
        *,
        hint: str = "",
        severity: Severity = "error",
        key: str | None = None,
    ) -> Finding:
        """Make a finding at a node."""
        line, column = self.place(getattr(node, "lineno", 1), getattr(node, "col_offset", 0))
        return Finding(
            code=code,
            message=message,
            severity=severity,
            key=key,
            cell=self.label,
            line=line,
            column=column,
            hint=hint,
        )


Rule = Callable[[Unit], Iterator[Finding]]
"""Looks at a unit and tells what is wrong with it, one condition per rule."""
