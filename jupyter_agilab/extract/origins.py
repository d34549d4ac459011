"""Where a name comes from: the namespace, the cells executed before, modules imported with a star."""

from __future__ import annotations

import ast
import sys
import types
from typing import Any

from jupyter_agilab.cells import PythonSource
from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.extract.constants import is_constant
from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.extract.history import Binding, History, ParsedCell
from jupyter_agilab.extract.imports import ImportLine, import_for, line_binding, lines_of
from jupyter_agilab.extract.inputs import MISSING
from jupyter_agilab.extract.kinds import is_module, module_attribute
from jupyter_agilab.extract.names import BUILTINS, MODULE_NAMES
from jupyter_agilab.extract.parsing import parse
from jupyter_agilab.extract.privacy import home_path, is_secret, texts_in
from jupyter_agilab.extract.unit import Unit


class Origins:
    """Looks names up for the cell `cell`; nothing is run."""

    def __init__(self, cell: Unit, context: CellContext, history: History) -> None:
        self.cell = cell
        self.context = context
        self.history = history

    def value(self, name: str) -> Any:
        """Give the name's value in the namespace; `MISSING` where it has none or there is no namespace."""
        return MISSING if self.context.namespace is None else self.context.namespace.get(name, MISSING)

    def constant(self, name: str) -> Any:
        """Give the constant that the notebook has under a name, if it may be written down; else `MISSING`."""
        value, binding = self.value(name), self.history.last(name)
        expression = expression_of(binding)
        if value is MISSING and self.context.namespace is None and expression is not None:
            value = literal(expression)
        if value is MISSING or not is_constant(value):
            return MISSING
        texts = texts_in(name, value)
        return MISSING if any(is_secret(key, text) or home_path(text) for key, text in texts) else value

    def is_python(self, name: str, value: object) -> bool:
        """Tell whether a name in the namespace is Python's own: a builtin, or IPython's version of one."""
        if name in MODULE_NAMES:
            return True
        if name not in BUILTINS:
            return False
        if value is module_attribute(sys.modules["builtins"], name):
            return True
        return type(value) is types.FunctionType and value.__module__.startswith("IPython")

    def is_own(self, cell: ParsedCell) -> bool:
        """Tell whether an executed cell is an earlier run of the one that is being extracted."""
        if cell.executed.cell_id is not None and self.context.cell_id is not None:
            return cell.executed.cell_id == self.context.cell_id
        return cell.source.text.strip() == self.cell.source.text.strip()

    def comes_from_outside(self, name: str) -> bool:
        """Tell whether a name that the cell binds on some paths comes from outside on the others."""
        binding = self.history.last(name)
        if binding is None or self.is_own(binding.cell):
            return False
        return self.value(name) is not MISSING or self.context.namespace is None

    def meaning(self, path: str) -> str | None:
        """Give what a dotted path means where it was bound, imports resolved; None if that is unknown."""
        root, _, rest = path.partition(".")
        binding = self.history.last(root)
        line = line_binding(binding.statement, root) if binding is not None else None
        value = self.value(root)
        if line is None and value is not MISSING and is_module(value):
            line = import_for(root, value)
        if line is None:
            return path if root in BUILTINS and binding is None else None
        return f"{line.meaning}.{rest}" if rest else line.meaning

    def from_stars(self, name: str, value: object) -> ImportLine | None:
        """Find a name in the loaded modules that cells imported with a star."""
        for module in dict.fromkeys([*reversed(self.cell.scope.stars), *self.history.stars()]):
            loaded = sys.modules.get(module)
            if loaded is None or not is_module(loaded):
                continue
            found = module_attribute(loaded, name)
            if found is not None and (value is MISSING or found is value):
                return ImportLine(module, name)
        return None

    def unloaded_star(self) -> str | None:
        """Give the only module that was imported with a star and is not loaded here."""
        stars = dict.fromkeys([*self.cell.scope.stars, *self.history.stars()])
        unloaded = [module for module in stars if module not in sys.modules]
        return unloaded[0] if len(unloaded) == 1 else None

    def from_linecache(self, name: str, function: types.FunctionType) -> Binding | None:
        """Find a function of the notebook in the text that IPython keeps for tracebacks."""
        import linecache

        entry = linecache.cache.get(function.__code__.co_filename)
        if entry is None or len(entry) < 3:
            return None
        text = "".join(entry[2])
        try:
            body = tuple(parse(text).body)
        except (SyntaxError, ValueError):
            return None
        cell = ParsedCell(-1, ExecutedCell(source=text), PythonSource(text, (), {}), body)
        for index, statement in enumerate(body):
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                return Binding(name, "function", cell, index)
        return None

    def submodules(self, unit: Unit, name: str, line: ImportLine) -> list[ImportLine]:
        """Find the submodules of an imported package that some cell imports and `unit` reaches."""
        if line.attribute is not None:
            return []
        prefix = f"{line.meaning}."
        wanted = {f"{prefix}{chain}." for chain in unit.scope.chains.get(name, ())}
        found: dict[str, ImportLine] = {}
        for statement in self.history.imports():
            for other in lines_of(statement):
                member = f"{other.module}.{other.attribute}"
                paths = [other.module]
                if other.attribute is not None and is_module(sys.modules.get(member)):
                    paths.append(member)
                for path in paths:
                    if path.startswith(prefix) and any(each.startswith(f"{path}.") for each in wanted):
                        found[path] = ImportLine(path)
        return [found[path] for path in sorted(found)]

    def near_name(self, name: str, inputs: set[str]) -> str:
        """Give ``did you mean 'x'?`` for a name that does not exist."""
        known = inputs | set(self.history.names()) | set(self.cell.scope.bound)
        known |= {key for key in self.context.namespace or {} if not key.startswith("_")}
        near = did_you_mean(name, sorted(known - {name}))
        return near or (did_you_mean(name, sorted(BUILTINS)) if len(name) > 5 else "")


def import_meanings(unit: Unit, origins: Origins) -> dict[str, str]:
    """Give the dotted path that each of the unit's names was imported as, by the unit itself or before."""
    meanings: dict[str, str] = {}
    for name in unit.scope.reads:
        path = origins.meaning(name)
        if path is not None and not (path == name and name in BUILTINS):
            meanings[name] = path
    for node in unit.nodes():
        if isinstance(node, ast.Import | ast.ImportFrom):
            meanings |= {line.name: line.meaning for line in lines_of(node)}
    return meanings


def expression_of(binding: Binding | None) -> ast.expr | None:
    """Give the expression of ``NAME = expression``; None for any other binding."""
    value = (
        getattr(binding.statement, "value", None) if binding is not None and binding.kind == "value" else None
    )
    return value if isinstance(value, ast.expr) else None


def literal(expression: ast.expr) -> Any:
    """Give the value of a literal; `MISSING` for any other expression."""
    try:
        return ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return MISSING
