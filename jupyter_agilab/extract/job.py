"""One extraction under way: what was asked for, what is known, and the steps that every cell needs."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_agilab.cells import PythonSource
from jupyter_agilab.contract.model import Split
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.extract.body import Body
from jupyter_agilab.extract.captures import Resolver
from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.history import History
from jupyter_agilab.extract.imports import ImportTable, lines_of
from jupyter_agilab.extract.inputs import Input
from jupyter_agilab.extract.names import BUILTINS, MODULE_NAMES, identifier, text_digest
from jupyter_agilab.extract.origins import Origins, import_meanings
from jupyter_agilab.extract.parsing import check_compiles, parse
from jupyter_agilab.extract.rules import RULES
from jupyter_agilab.extract.scope import analyse
from jupyter_agilab.extract.unit import Role, Unit

_ABOUT_CAPTURES = frozenset({"extract.carried-state", "extract.captured-write", "extract.old-generator"})


@dataclass(slots=True, kw_only=True)
class Job:
    """The arguments of `extract`, and what comes of them.

    Attributes
    ----------
    history, imports, findings
        Filled while the job is done.
    source, cell
        The cell as Python; set once it is parsed.
    displays
        Whether ``display`` is IPython's.
    """

    typed: str
    name: str
    context: CellContext
    split: Split
    role: Role = "stage"
    item: str | None = None
    sweep_names: Sequence[str] | Mapping[str, Any] = ()
    elements: Sequence[str] = ()
    returns: str | None = None
    share: Sequence[str] = ()
    allow_pickle: bool = False
    source: PythonSource = field(default_factory=lambda: PythonSource("", (), {}))
    displays: bool = True
    history: History = field(init=False)
    cell: Unit = field(init=False)
    imports: ImportTable = field(default_factory=ImportTable)
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history = History(self.context.cells)
        self.cell = self.unit([])

    def unit(self, statements: Sequence[ast.stmt]) -> Unit:
        """Make a unit of some of the cell's statements."""
        unit = Unit(
            statements,
            self.source,
            self.context.label,
            self.context.first_line,
            role=self.role,
            displays=self.displays,
        )
        unit.imported = import_meanings(unit, self.origins(unit))
        return unit

    def origins(self, unit: Unit) -> Origins:
        """Look names up for a unit."""
        return Origins(unit, self.context, self.history)

    def resolver(
        self, kept: Unit, body: Body, inputs: Sequence[Input] = (), silent: frozenset[str] = frozenset()
    ) -> Resolver:
        """Make the resolver for the statements that stay."""
        return Resolver(
            kept,
            context=self.context,
            history=self.history,
            inputs=inputs,
            imports=self.imports,
            cell_imports=body.import_names,
            notebook_names=body.notebook_names,
            share=self.share,
            allow_pickle=self.allow_pickle,
            silent=silent,
        )

    def add_imports(self, kept: Unit, body: Body, resolver: Resolver) -> None:
        """Fill the import table, and tell it which names no further import may bind."""
        for _, line in body.imports:
            if line.attribute != "*":
                self.imports.add(line)
        for statement in self.history.imports():
            # IPython keeps `from __future__ import ...` for all cells that follow
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for line in lines_of(statement):
                    self.imports.add(line)
        names = {node.id for node in kept.nodes() if isinstance(node, ast.Name)}
        names |= {node.arg for node in kept.nodes() if isinstance(node, ast.arg)}
        names |= set(resolver.captures) | set(resolver.definitions)
        self.imports.taken = names - set(self.imports.meanings())

    def apply_rules(self, kept: Unit, resolver: Resolver) -> None:
        """Ask every rule about the cell and what is copied for it."""
        captured = {capture.name: capture.becomes for capture in resolver.captures.values()}
        kept.imported = {**kept.imported, **self.imports.meanings()}
        seeding = frozenset(path for _, path in kept.calls())
        for unit in (kept, *resolver.units.values()):
            unit.captured, unit.role, unit.seeding = captured, self.role, seeding
            if not unit.is_cell:
                unit.imported = import_meanings(unit, self.origins(unit))
            for rule in RULES:
                self.findings += rule(unit)
        for finding in errors_in(self.findings):
            capture = resolver.captures.get(finding.key or "")
            if capture is not None and capture.becomes != "refused" and finding.code in _ABOUT_CAPTURES:
                resolver.captures[capture.name] = replace(
                    capture, becomes="refused", explanation=finding.message
                )

    def origin(self) -> str:
        """Say where the module is from, for its docstring; without what changes from run to run."""
        where = f"a cell of {self.context.notebook.name}" if self.context.notebook else "a notebook cell"
        what = "Reducer" if self.role == "reducer" else "Stage"
        clean = self.name.replace("\\", "/").replace('"', "'")
        return f"{what} {clean}, written from {where}."

    def is_whole(self, text: str) -> bool:
        """Tell whether a module compiles and has every name that it reads; what is not is found."""
        try:
            check_compiles(text, f"stages/{identifier(self.name)}.py")
        except (SyntaxError, ValueError) as error:
            self.not_writable(error)
            return False
        reads = analyse(parse(text).body).reads
        missing = [
            name for name, read in reads.items() if read.certain and name not in BUILTINS | MODULE_NAMES
        ]
        for name in missing:
            message = f"the module would read {name!r}, which nothing in it defines"
            hint = "define it in the cell, at its top level"
            self.findings.append(
                Finding(
                    code="extract.no-such-name", message=message, key=name, cell=self.cell.label, hint=hint
                )
            )
        return not missing

    def not_writable(self, error: Exception) -> None:
        """Tell why the cell's statements cannot be a function's body."""
        line = getattr(error, "lineno", None)
        reason = getattr(error, "msg", None) or str(error)
        message = f"the cell cannot be the body of a function: {reason}" + (
            f" (module line {line})" if line else ""
        )
        hint = "write the cell as one function"
        self.findings.append(
            Finding(code="extract.not-a-function", message=message, cell=self.cell.label, hint=hint)
        )

    def finished(self, function_name: str = "", resolver: Resolver | None = None, **found: Any) -> Extraction:
        """Give the extraction as it stands; `found` are its further fields."""
        findings = sorted(self.findings, key=lambda f: (f.line is None, f.line or 0, f.column or 0))
        return Extraction(
            name=self.name,
            function_name=function_name or identifier(self.name),
            module_text=found.pop("module_text", None),
            source_digest=text_digest(self.typed),
            captures=tuple(resolver.captures.values()) if resolver is not None else (),
            findings=tuple(dict.fromkeys(findings)),
            **found,
        )
