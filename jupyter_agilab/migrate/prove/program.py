"""A notebook as one program: its cells in order, with their functions, imports and assignments."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from jupyter_agilab.cells.magic_lines import Translation
from jupyter_agilab.cells.notebook import Notebook
from jupyter_agilab.cells.python_source import python_source
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.bindings import AnyFunction, bindings, bound_name

LONGEST_CELL = 400_000
"""Characters. A longer cell is data, not code: reading it would take long and find nothing."""


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell that parses."""

    index: int
    id: str
    tree: ast.Module
    lines: tuple[str, ...]
    translations: tuple[Translation, ...]
    magic: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """One place where a name of the notebook gets a value; ``value`` is None where it is no expression.

    ``role`` says how: ``assigned``, ``part`` (of an unpacked value), ``element`` (a loop's), ``entered``
    (a ``with``), ``changed`` (``+=``), ``other``.
    """

    cell: int
    line: int
    value: ast.expr | None
    role: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class of the notebook, and where it stands."""

    cell: int
    node: AnyFunction | ast.ClassDef | ast.Lambda
    name: str


@dataclass
class Program:
    """What is known of the whole notebook.

    ``imports`` maps a name to the full name of what it stands for; ``definitions`` and ``bindings`` hold all
    places, in the order of the cells. ``edges`` and ``uses`` are the memory of
    `jupyter_agilab.migrate.prove.aliases` and `jupyter_agilab.migrate.prove.uses`.
    """

    cells: list[CodeCell] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    edges: object = None
    uses: object = None

    def binding_before(self, name: str, cell: int, line: int) -> Binding | None:
        """Give the last place before (`cell`, `line`) that binds `name`; any place where none is before."""
        found = self.bindings.get(name, [])
        for each in reversed(found):
            if (each.cell, each.line) < (cell, line):
                return each
        return found[0] if found else None

    def definition_before(self, name: str, cell: int, line: int) -> Definition | None:
        """Give the function or class that `name` means at (`cell`, `line`)."""
        found = self.definitions.get(name, [])
        before = [each for each in found if (each.cell, each.node.lineno) < (cell, line)]
        chosen = before[-1] if before else (found[0] if found else None)
        if chosen is None:
            return None
        place = chosen.cell, chosen.node.lineno
        later = [b for b in self.bindings.get(name, []) if place < (b.cell, b.line) < (cell, line)]
        return None if later and not _wraps(later[-1].value, name) else chosen


def _wraps(value: ast.expr | None, name: str) -> bool:
    """Tell whether a function was only wrapped: ``f = delayed(f)``."""
    return isinstance(value, ast.Call) and any(isinstance(a, ast.Name) and a.id == name for a in value.args)


def parse(text: str) -> ast.Module | None:
    """Parse, silently; None where the text is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def read_program(notebook: Notebook) -> Program:
    """Read the code cells; cells that do not parse become problems."""
    program = Program()
    for cell in notebook.code_cells:
        if len(cell.source) > LONGEST_CELL:
            program.problems.append(
                _problem(notebook, cell.index, "migrate.long-cell", "the cell is too long to be looked at")
            )
            continue
        source = python_source(cell.source)
        if source.cell_magic is not None and source.cell_magic not in {"parallel_stage", "parallel_reduce"}:
            tree = ast.Module([], []) if source.cell_magic != "px" else None
            if tree is None:
                inner = python_source(cell.source.partition("\n")[2])
                parsed = parse("\n" + inner.text)
                tree = parsed or ast.Module([], [])
        else:
            parsed = parse(source.text)
            if parsed is None:
                program.problems.append(_unparsable(notebook, cell.index, cell.source))
                continue
            tree = parsed
        program.cells.append(
            CodeCell(
                cell.index,
                cell.id,
                tree,
                tuple(cell.source.splitlines()),
                source.translations,
                source.cell_magic,
            )
        )
    for code in program.cells:
        collect(program, code.tree.body, code.index)
    return program


def _unparsable(notebook: Notebook, cell: int, source: str) -> Finding:
    marks = ("<<<<<<< ", "=======", ">>>>>>> ")
    lines = source.splitlines()
    if any(line.startswith(marks[0]) for line in lines) and any(line.startswith(marks[2]) for line in lines):
        line = next(i for i, text in enumerate(lines, 1) if text.startswith(marks[0]))
        message = "the cell holds an unfinished merge (lines with <<<<<<<), its loops are not looked at"
        return _problem(notebook, cell, "migrate.merge-conflict", message, line)
    line, why = 1, "it is not Python"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(python_source(source).text)
    except SyntaxError as error:
        line, why = error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        why = str(error) or "it is nested too deeply"
    return _problem(
        notebook,
        cell,
        "migrate.syntax",
        f"the cell does not parse ({why}), its loops are not looked at",
        line,
    )


def _problem(notebook: Notebook, cell: int, code: str, message: str, line: int | None = None) -> Finding:
    return Finding(
        code=code,
        message=f"cell {cell}: {message}" if line is None else f"cell {cell}, line {line}: {message}",
        level="syntax",
        severity="warning",
        path=str(notebook.path),
        cell=str(cell),
    )


def collect(program: Program, statements: list[ast.stmt], cell: int) -> None:
    """Add what `statements` import, define and assign, nested blocks included, to `program`."""
    for statement in statements:
        for node in own_statements(statement):
            _one(program, node, cell)


def own_statements(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Give the statement and those nested in it, functions and classes not entered, in the order written."""
    yield statement
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for _, block in ast.iter_fields(statement):
        if isinstance(block, list):
            for child in block:
                if isinstance(child, ast.stmt):
                    yield from own_statements(child)
                elif isinstance(child, ast.ExceptHandler | ast.match_case):
                    for inner in child.body:
                        yield from own_statements(inner)


def _one(program: Program, node: ast.stmt, cell: int) -> None:
    def bound(name: str, value: ast.expr | None, role: str, place: int = 0) -> None:
        program.bindings.setdefault(name, []).append(Binding(cell, node.lineno, value, role, place))

    def targets(target: ast.expr, value: ast.expr | None, role: str) -> None:
        if isinstance(target, ast.Name):
            bound(target.id, value, role)
        elif isinstance(target, ast.Starred):
            targets(target.value, None, "other")
        elif isinstance(target, ast.Tuple | ast.List):
            for place, each in enumerate(target.elts):
                if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                    targets(each, value.elts[place], role)
                elif isinstance(each, ast.Name):
                    bound(each.id, value, "part" if role == "assigned" else role, place)
                else:
                    targets(each, None, "other")

    match node:
        case ast.Import():
            for alias in node.names:
                program.imports[bound_name(alias)] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        case ast.ImportFrom():
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                if alias.name == "*":
                    program.stars.append(module)
                else:
                    program.imports[bound_name(alias)] = f"{module}.{alias.name}"
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            program.definitions.setdefault(node.name, []).append(Definition(cell, node, node.name))
        case ast.Assign():
            for target in node.targets:
                targets(target, node.value, "assigned")
                if isinstance(target, ast.Name) and isinstance(node.value, ast.Lambda):
                    program.definitions.setdefault(target.id, []).append(
                        Definition(cell, node.value, target.id)
                    )
        case ast.AnnAssign(target=ast.Name()) if node.value is not None:
            targets(node.target, node.value, "assigned")
        case ast.AugAssign(target=ast.Name() as name):
            bound(name.id, node.value, "changed")
        case ast.For() | ast.AsyncFor():
            targets(node.target, node.iter, "element")
        case ast.With() | ast.AsyncWith():
            for item in node.items:
                if item.optional_vars is not None:
                    targets(item.optional_vars, item.context_expr, "entered")
        case ast.Try():
            for handler in node.handlers:
                if handler.name:
                    bound(handler.name, None, "other")
        case _:
            pass
    for walrus in ast.walk(node) if isinstance(node, ast.Expr | ast.Assign | ast.If | ast.While) else ():
        if isinstance(walrus, ast.NamedExpr):
            bound(walrus.target.id, walrus.value, "assigned")


def names_bound(statements: list[ast.stmt]) -> frozenset[str]:
    """Give every name that `statements` bind in their own scope."""
    return frozenset(name for statement in statements for name in bindings(statement))
