"""What each name from outside becomes: the decisions, name by name, and what they ask of the module."""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.diagnostics import Finding, Severity, did_you_mean
from jupyter_agilab.extract.constants import is_constant, toml_constant
from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.copyable import is_copyable
from jupyter_agilab.extract.definitions import Constant, Definition, DefinitionKind
from jupyter_agilab.extract.extraction import Becomes, Capture, SharedValue
from jupyter_agilab.extract.history import Binding, History
from jupyter_agilab.extract.imports import (
    NOTEBOOK_PACKAGES,
    ImportLine,
    ImportTable,
    import_for,
    is_local,
    line_binding,
    plain_form,
)
from jupyter_agilab.extract.inputs import MEANINGS, MISSING, Input
from jupyter_agilab.extract.kinds import class_of, is_module
from jupyter_agilab.extract.names import BUILTINS, MODULE_NAMES, is_ipythons
from jupyter_agilab.extract.origins import Origins, expression_of, literal
from jupyter_agilab.extract.privacy import relative_to_folder
from jupyter_agilab.extract.refusals import Refusal, not_copied, not_written
from jupyter_agilab.extract.scope import analyse
from jupyter_agilab.extract.sharing import share
from jupyter_agilab.extract.unit import Unit


@dataclass(slots=True)
class _Need:
    """A name that is needed, by the cell (`via` is empty) or by a definition."""

    name: str
    unit: Unit
    line: int
    offset: int
    via: str = ""


class Resolver:
    """Decides what each name that a cell reads from outside becomes.

    Call `resolve`, then read ``captures`` and ``findings``, and what they ask of the module: ``constants``,
    ``definitions`` (with ``units``, the same as code to examine), ``shared``, and the import table that it
    was given.
    """

    def __init__(
        self,
        cell: Unit,
        *,
        context: CellContext,
        history: History,
        inputs: Sequence[Input] = (),
        imports: ImportTable,
        cell_imports: Collection[str] = (),
        notebook_names: Mapping[str, ImportLine] | None = None,
        share: Sequence[str] = (),
        allow_pickle: bool = False,
        silent: Collection[str] = (),
    ) -> None:
        self.cell = cell
        self.context = context
        self.history = history
        self.origins = Origins(cell, context, history)
        self.inputs = {each.name: each for each in inputs}
        self.imports = imports
        self.cell_imports = frozenset(cell_imports)
        self.constants: dict[str, Constant] = {}
        self.definitions: dict[str, Definition] = {}
        self.units: dict[str, Unit] = {}
        self.shared: dict[str, SharedValue] = {}
        self.captures: dict[str, Capture] = {}
        self.findings: list[Finding] = []
        self._notebook_names = notebook_names or {}
        self._share = tuple(share)
        self._allow_pickle = allow_pickle
        self._silent = frozenset(silent)
        self._pending: list[_Need] = []

    def resolve(self) -> None:
        """Decide every name that the cell reads from outside, and what those need in turn."""
        for read in self.cell.scope.reads.values():
            outside = (
                read.name not in self.cell_imports
                if read.certain
                else self.origins.comes_from_outside(read.name)
            )
            if outside:
                self._pending.append(_Need(read.name, self.cell, read.line, read.offset))
        while self._pending:
            need = self._pending.pop(0)
            if need.name in self.constants:
                self.constants[need.name].readers.add(need.via)
            elif need.name not in self.captures and need.name not in self._silent:
                self._decide(need)
        for name in self._share:
            if name not in self.captures:
                self._not_shared(name)

    def _decide(self, need: _Need) -> None:
        name = need.name
        if name in self.inputs:
            return self._input(need)
        if name in self._notebook_names:
            return self._from_notebook(need, self._notebook_names[name])
        if need.via and name in self.cell.scope.bound:
            # a copied function reads what the cell computes: it will be defined inside the stage's function
            return None
        value, binding = self.origins.value(name), self.history.last(name)
        if name in self._share:
            return self._shared_value(need, value)
        if value is MISSING and (self.context.namespace is not None or binding is None):
            return self._absent(need, binding)
        if value is not MISSING and self.origins.is_python(name, value):
            return None
        if binding is None and is_ipythons(name):
            return self._refuse(need, _ipythons(name))
        if binding is not None and binding.kind == "import":
            return self._import_from(need, binding)
        if binding is not None and binding.kind in {"function", "class"}:
            return self._copy(need, binding)
        if value is MISSING:
            return self._unknown_value(need, binding)
        return self._known_value(need, value, binding)

    # what a name may be

    def _input(self, need: _Need) -> None:
        kind = self.inputs[need.name].kind
        becomes: Becomes = "partition"
        if kind == "seed" or kind == "rng":  # noqa: PLR1714  # mypy narrows a comparison, not a set
            becomes = kind
        elif kind in {"value", "params"}:
            becomes = "sweep"
        elif kind == "element":
            becomes = "element"
        self._record(need, becomes, MEANINGS[kind])

    def _absent(self, need: _Need, binding: Binding | None) -> None:
        name = need.name
        if name in BUILTINS or name in MODULE_NAMES or name == "__class__":
            return None
        if is_ipythons(name):
            return self._refuse(need, _ipythons(name))
        star = self.origins.from_stars(name, MISSING)
        if star is not None:
            return self._imported(need, star)
        unloaded = self.origins.unloaded_star()
        if unloaded is not None:
            message = f"{name!r} is taken to come from `from {unloaded} import *`, which is not loaded here"
            hint = f"write `from {unloaded} import {name}`"
            self.findings.append(self._at(need, "extract.star", message, hint, severity="warning"))
            return self._imported(need, ImportLine(unloaded, name))
        deleted = self.history.deleted(name)
        if deleted is not None:
            message = f"{name!r} does not exist: {deleted.where} deleted it"
            hint = "define it again, in a cell before this one or in it"
        elif binding is not None:
            message = f"{name!r} does not exist in the kernel, although {binding.where} defines it"
            hint = "run that cell again, or define it in this cell"
        else:
            message = f"{name!r} does not exist"
            hint = (
                self.origins.near_name(name, set(self.inputs)) or "define it in the cell or in one before it"
            )
        return self._refuse(need, Refusal("extract.no-such-name", message, hint))

    def _import_from(self, need: _Need, binding: Binding) -> None:
        line = line_binding(binding.statement, need.name)
        assert line is not None  # the binding's kind says so
        if line.module.startswith("."):
            message = f"{need.name!r} comes from a relative import"
            return self._refuse(
                need, Refusal("extract.relative-import", message, "import it by its full name")
            )
        if line.module.partition(".")[0] in NOTEBOOK_PACKAGES:
            return self._from_notebook(need, line)
        plain = plain_form(line)
        if plain != line:
            message = f"`{plain}` takes the place of `{line}`, which needs a notebook"
            self.findings.append(self._at(need, "extract.plain-import", message))
        return self._imported(need, plain)

    def _from_notebook(self, need: _Need, line: ImportLine) -> None:
        hint = "a partition function has no notebook to show things in; use print, or return the value"
        message = f"{need.name!r} comes from {line.module}, which needs a notebook"
        self._refuse(need, Refusal("extract.ipython", message, hint))

    def _imported(self, need: _Need, line: ImportLine) -> None:
        lines = self.origins.submodules(need.unit, need.name, line)
        if line.attribute is None and line.alias is None and "." in line.module and lines:
            # `import a.b` binds a; what the code reaches through it decides which submodules it needs
            line = lines[0]
        explanation = str(line)
        if self.context.folder is not None and is_local(line.module.partition(".")[0], self.context.folder):
            explanation += " (a file beside the notebook, it travels with the stage)"
        if need.name in self.cell.scope.bound:
            self.definitions[need.name] = Definition(need.name, "import", (-1, 0), text=str(line))
        else:
            self.imports.add(line)
        self._record(need, "import", explanation)
        for extra in lines:
            self.imports.add(extra)

    def _copy(self, need: _Need, binding: Binding) -> None:
        kind: DefinitionKind = "constant"
        if binding.kind == "function" or binding.kind == "class":  # noqa: PLR1714  # mypy narrows a comparison only
            kind = binding.kind
        statement = binding.statement
        self.definitions[need.name] = Definition(
            need.name, kind, binding.order, binding, scope=analyse([statement])
        )
        unit = Unit([statement], binding.cell.source, binding.cell.label, is_cell=False)
        self.units[need.name] = unit
        self._record(need, kind, f"copied from {binding.where}")
        for read in unit.scope.reads.values():
            if read.name != need.name:
                self._pending.append(_Need(read.name, unit, read.line, read.offset, via=need.name))

    def _unknown_value(self, need: _Need, binding: Binding | None) -> None:
        """Decide a name of which only the source is known."""
        assert binding is not None  # a name without value and binding is absent
        expression = expression_of(binding)
        if expression is not None:
            value = literal(expression)
            if value is not MISSING and is_constant(value):
                return self._constant(need, value, binding)
            if is_copyable(expression, self.origins.meaning):
                return self._copy(need, binding)
        message = f"{need.name!r} is computed in {binding.where}; without the kernel its value is not known"
        hint = "compute it in the cell, or run the notebook and extract the cell there"
        return self._refuse(need, Refusal("extract.computed", message, hint))

    def _known_value(self, need: _Need, value: Any, binding: Binding | None) -> None:
        """Decide a name by its value and, where it is known, by the statement that bound it."""
        name = need.name
        if not is_module(value):
            star = self.origins.from_stars(name, value) if binding is None else None
            if star is not None:
                return self._imported(need, star)
            if is_constant(value):
                return self._constant(need, value, binding)
            expression = expression_of(binding)
            if (
                binding is not None
                and expression is not None
                and is_copyable(expression, self.origins.meaning)
            ):
                return self._copy(need, binding)
            if binding is None and type(value) is types.FunctionType and value.__module__ == "__main__":
                binding = self.origins.from_linecache(name, value)
                if binding is not None:
                    return self._copy(need, binding)
        line = import_for(name, value)
        if line is not None:
            return self._imported(need, line)
        return self._refuse(need, not_copied(name, value, binding))

    def _constant(self, need: _Need, value: Any, binding: Binding | None) -> None:
        name = need.name
        if type(value) is str or class_of(value)[0].startswith("pathlib"):
            relative = relative_to_folder(str(value), self.context.folder)
            if relative is not None:
                message = f"{name!r} is written relative to the notebook: {relative}"
                self.findings.append(self._at(need, "extract.path", message))
                value = type(value)(relative)
        refusal = not_written(name, value)
        if refusal is not None:
            return self._refuse(need, refusal)
        if binding is not None and self._is_best_copied(value, binding):
            return self._copy(need, binding)
        self.constants[name] = Constant(name, value, binding, {need.via})
        return self._record(need, "parameter", "")

    def _is_best_copied(self, value: Any, binding: Binding) -> bool:
        """Tell whether a value that TOML cannot hold is best said by the line that made it."""
        if type(value) in (list, set, dict, type(None)) or toml_constant(value, ImportTable()) is not None:
            return False
        expression = expression_of(binding)
        return expression is not None and is_copyable(expression, self.origins.meaning)

    def _shared_value(self, need: _Need, value: Any) -> None:
        if value is MISSING and need.name in self.context.promised:
            told = "a value of the notebook's, which it writes"
            self.shared[need.name] = SharedValue(name=need.name, format="json", described=told, value=MISSING)
            return self._record(need, "shared", f"{told} as JSON whenever the stage runs")
        found = share(need.name, value, allow_pickle=self._allow_pickle)
        if isinstance(found, Refusal):
            return self._refuse(need, found)
        self.shared[need.name] = found
        return self._record(need, "shared", f"{found.described}, written once as {found.format}")

    def _not_shared(self, name: str) -> None:
        message = f"--share {name}: the cell reads no such name from outside"
        hint = did_you_mean(name, self.cell.scope.reads)
        self.findings.append(
            Finding(
                code="extract.share",
                message=message,
                severity="warning",
                key=name,
                cell=self.cell.label,
                hint=hint,
            )
        )

    # telling

    def _record(self, need: _Need, becomes: Becomes, explanation: str) -> None:
        line, column = (None, None) if need.via else need.unit.place(need.line, need.offset)
        self.captures[need.name] = Capture(
            name=need.name, becomes=becomes, explanation=explanation, line=line, column=column, via=need.via
        )

    def _at(
        self, need: _Need, code: str, message: str, hint: str = "", *, severity: Severity = "info"
    ) -> Finding:
        line, column = need.unit.place(need.line, need.offset)
        return Finding(
            code=code,
            message=message,
            severity=severity,
            key=need.name,
            cell=need.unit.label,
            line=line,
            column=column,
            hint=hint,
        )

    def _refuse(self, need: _Need, refusal: Refusal) -> None:
        message = f"{refusal.message} (`{need.via}` reads it)" if need.via else refusal.message
        self.findings.append(self._at(need, refusal.code, message, refusal.hint, severity="error"))
        self._record(need, "refused", message)


def _ipythons(name: str) -> Refusal:
    hint = (
        "assign what it holds to a name of your own" if name.startswith("_") else "write it without IPython"
    )
    return Refusal("extract.ipython", f"{name!r} is IPython's, a partition function has none", hint)
