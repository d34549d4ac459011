"""What becomes of each statement at the cell's top level, and what the function returns."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.extract.bindings import bound_name
from jupyter_agilab.extract.displays import is_display, shows_figure
from jupyter_agilab.extract.imports import NOTEBOOK_PACKAGES, ImportLine, lines_of, plain_form
from jupyter_agilab.extract.unit import Unit

_IMPORTED_FOR_EFFECT = ("sklearn.experimental", "mpl_toolkits", "__future__")


@dataclass(frozen=True, slots=True)
class Result:
    """How the function returns its result; ``index`` is the statement that gives it.

    ``expression``: the statement's value. ``argument``: that of its ``display`` call. ``name``: a name,
    after all statements. ``nothing``: there is none.
    """

    how: Literal["expression", "argument", "name", "nothing"]
    index: int = -1
    name: str = ""
    words: str = "Nothing."


@dataclass(slots=True)
class Body:
    """The cell's statements by index.

    Attributes
    ----------
    kept
        Statements that stay in the function, in order; imports and what is left out are not among them.
    imports
        Imports that go to the module's top, with the comment beside them.
    notebook_names
        Names imported from packages that need a notebook, with the import.
    docstring
        The string that is the cell's first statement.
    """

    kept: list[int] = field(default_factory=list)
    imports: list[tuple[int, ImportLine]] = field(default_factory=list)
    notebook_names: dict[str, ImportLine] = field(default_factory=dict)
    docstring: str | None = None
    result: Result = field(default_factory=lambda: Result("nothing"))
    findings: list[Finding] = field(default_factory=list)

    def has(self, index: int) -> bool:
        """Tell whether a statement counts for what the cell reads: imports do, what is left out does not."""
        return index in self.kept or any(place == index for place, _ in self.imports)

    @property
    def import_names(self) -> set[str]:
        """The names that the imports bind."""
        return {line.name for _, line in self.imports}


def arrange(unit: Unit, *, left_out: Sequence[int]) -> Body:
    """Sort the cell's statements; `left_out` are those that are known not to belong."""
    body = Body()
    text = _docstring(unit.body)
    last = _last_shown(unit)
    for index, statement in enumerate(unit.body):
        if index in left_out:
            continue
        if index == 0 and text is not None:
            body.docstring = text
        elif isinstance(statement, ast.Import | ast.ImportFrom) and _moves(unit, statement):
            _import(body, unit, index, statement)
        elif unit.displays and is_display(statement) and index != last:
            body.findings.append(
                unit.finding(statement, "extract.display", "this display is left out", severity="info")
            )
        elif shows_figure(unit, statement):
            body.findings.append(
                unit.finding(statement, "extract.display", "showing the figure is left out", severity="info")
            )
        else:
            body.kept.append(index)
    return body


def _docstring(body: Sequence[ast.stmt]) -> str | None:
    match body:
        case [ast.Expr(value=ast.Constant(value=str(text))), _, *_]:
            return text
        case _:
            return None


def _last_shown(unit: Unit) -> int:
    """Give the index of a ``display`` of one thing that is the cell's last statement, else -1."""
    last = len(unit.body) - 1
    while last >= 0 and shows_figure(unit, unit.body[last]):
        last -= 1
    if last < 0 or not is_display(unit.body[last]):
        return -1
    call = unit.body[last].value  # type: ignore[attr-defined]  # is_display says so
    single = len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred)
    return last if single else -1


def _moves(unit: Unit, statement: ast.Import | ast.ImportFrom) -> bool:
    """Tell whether an import can go to the top: its names mean nothing else in the cell."""
    names = [bound_name(alias) for alias in statement.names if alias.name != "*"]
    return all(_only_imported(unit, name) and name not in unit.scope.reads for name in names)


def _only_imported(unit: Unit, name: str) -> bool:
    times = sum(
        bound_name(alias) == name
        for statement in unit.body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for alias in statement.names
    )
    return unit.scope.bound.get(name, 0) == times


def _import(body: Body, unit: Unit, index: int, statement: ast.Import | ast.ImportFrom) -> None:
    for typed in lines_of(statement):
        line = plain_form(typed)
        if line != typed:
            message = f"`{line}` takes the place of `{typed}`, which needs a notebook"
            body.findings.append(
                unit.finding(statement, "extract.plain-import", message, severity="info", key=line.name)
            )
        if line.module.partition(".")[0] in NOTEBOOK_PACKAGES:
            body.notebook_names[line.name] = line
        else:
            body.imports.append((index, line))


def drop_unread_imports(body: Body, unit: Unit, read: Iterable[str]) -> None:
    """Take away imports that nothing reads; what is imported for its effect stays."""
    needed = set(read)
    kept = []
    for index, line in body.imports:
        if line.name in needed or line.module.startswith(_IMPORTED_FOR_EFFECT) or line.attribute == "*":
            kept.append((index, line))
        else:
            message = f"`{line}` is left out: nothing in the cell reads {line.name!r}"
            body.findings.append(
                unit.finding(
                    unit.body[index], "extract.unused-import", message, severity="info", key=line.name
                )
            )
    body.imports = kept


def choose_result(body: Body, unit: Unit, *, returns: str | None, known: Iterable[str]) -> None:
    """Decide what the function returns; `known` are names besides the cell's own that could be returned."""
    if returns is not None:
        names = {*unit.scope.bound, *known}
        if returns in names:
            body.result = Result(
                "name", name=returns, words=f"``{returns}``, after the last line of the cell."
            )
            return
        body.findings.append(
            Finding(
                code="extract.returns",
                message=f"--returns {returns}: the cell has no such name",
                key=returns,
                cell=unit.label,
                hint=did_you_mean(returns, names) or "name something that the cell assigns",
            )
        )
        return
    body.result = _found_result(body, unit)
    if body.result.how == "name":
        statement = unit.body[body.result.index]
        message = f"the stage returns {body.result.name!r}, which the cell assigns last"
        body.findings.append(
            unit.finding(
                statement,
                "extract.result",
                message,
                severity="info",
                key=body.result.name,
                hint="another name: --returns NAME",
            )
        )
    elif body.result.how == "nothing":
        _say_nothing_returned(body, unit)


def _found_result(body: Body, unit: Unit) -> Result:
    for index in reversed(body.kept):
        statement = unit.body[index]
        match statement:
            case ast.Expr(value=ast.Await() | ast.Yield() | ast.YieldFrom()):
                return Result("nothing")
            case ast.Expr() if unit.displays and is_display(statement):
                return Result("argument", index, words="What the cell displays at its end.")
            case ast.Expr(value=value):
                last = index == len(unit.body) - 1 and not isinstance(value, ast.Name)
                silent = last and _ends_with_semicolon(unit, statement)
                if not silent and not _gives_nothing(unit, value):
                    return Result("expression", index, words=_words(value))
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
                return Result("name", index, name, f"``{name}``, which the cell assigns last.")
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                return Result("name", index, name, f"``{name}``, which the cell assigns last.")
            case ast.Delete() | ast.Pass() | ast.Assert():
                continue
            case _:
                return Result("nothing")
    return Result("nothing")


def _words(value: ast.expr) -> str:
    if isinstance(value, ast.Name):
        return f"``{value.id}``, the value of the cell's last line."
    return "The value of the cell's last line."


def _gives_nothing(unit: Unit, value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    path = unit.meaning(value.func) or ""
    return path in {
        "print",
        "logging.info",
        "logging.warning",
        "logging.error",
        "logging.debug",
        "pprint.pprint",
    } or (
        isinstance(value.func, ast.Attribute)
        and value.func.attr
        in {"append", "extend", "sort", "update", "savefig", "to_csv", "to_parquet", "write", "close", "info"}
    )


def _ends_with_semicolon(unit: Unit, statement: ast.stmt) -> bool:
    line = unit.source.text.split("\n")[(statement.end_lineno or 1) - 1]
    rest = line.encode()[statement.end_col_offset or 0 :].decode("utf-8", "ignore")
    return rest.partition("#")[0].strip() == ";"


def _say_nothing_returned(body: Body, unit: Unit) -> None:
    names = [
        target.id
        for statement in unit.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    hint = "end the cell with the value that the stage gives"
    if names:
        hint += f", or name it: --returns {names[-1]}"
    last = unit.body[body.kept[-1]] if body.kept else None
    message = "the function returns nothing: the cell does not end with a value"
    if last is None:
        return
    if unit.role == "reducer":
        message = "the reducer returns nothing: the cell does not end with a value"
    body.findings.append(unit.finding(last, "extract.no-result", message, severity="warning", hint=hint))


def movable_definitions(body: Body, unit: Unit, *, at_top: Iterable[str]) -> list[int]:
    """Find the functions and classes of the cell that need only what the module has at its top level.

    `at_top` are the names defined there. They are defined once, by a statement of their own, and nothing
    else binds their names.
    """
    candidates = {
        index: statement
        for index in body.kept
        if isinstance(statement := unit.body[index], ast.FunctionDef | ast.ClassDef)
        and unit.scope.bound.get(statement.name) == 1
        and statement.name not in unit.scope.reads
        and index != body.result.index
    }
    outside = set(at_top)
    while True:
        names = {statement.name for statement in candidates.values()}
        stuck = [
            index for index, statement in candidates.items() if not _reads(statement, unit) <= outside | names
        ]
        if not stuck:
            return sorted(candidates)
        for index in stuck:
            del candidates[index]


def _reads(statement: ast.stmt, unit: Unit) -> set[str]:
    inner = Unit([statement], unit.source)
    return {name for name in inner.scope.reads if name in unit.scope.bound or name in unit.scope.reads}
