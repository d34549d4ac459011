"""Look at a notebook: find its loops, draft their stages, write the notebook anew in memory."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jupyter_agilab.cells import Notebook, NotebookCell, python_source
from jupyter_agilab.contract.named import contract_path
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import UsageError
from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.migrate.convert.cells import functions_form, magic_form, python_form, with_imports
from jupyter_agilab.migrate.convert.expression import split_expression
from jupyter_agilab.migrate.convert.items import Items, items_of
from jupyter_agilab.migrate.convert.knowledge import Knowledge
from jupyter_agilab.migrate.convert.locate import Place, locate
from jupyter_agilab.migrate.convert.loop import split_loop
from jupyter_agilab.migrate.convert.names import Fresh, mentioned, read, stored
from jupyter_agilab.migrate.convert.stage_source import pack_names
from jupyter_agilab.migrate.convert.step import CannotConvertError, Step
from jupyter_agilab.migrate.convert.text import Source
from jupyter_agilab.migrate.finding import LoopFinding, NotebookFindings
from jupyter_agilab.migrate.notebooks.cell import NewCell
from jupyter_agilab.migrate.notebooks.files import notebooks_in, rewrite
from jupyter_agilab.migrate.notebooks.files import read as read_notebook_file
from jupyter_agilab.migration.draft import Loop, drafted
from jupyter_agilab.migration.model import Converted, Form, NotConverted, NotebookMigration

_PLACE = re.compile(r"(\d+):(\d+)")


def parse_place(text: str) -> tuple[int, int]:
    """Read ``CELL:LINE``: the cell's number from 1 over all cells, and the loop's line in it.

    Raises
    ------
    UsageError
        It is something else.
    """
    found = _PLACE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise UsageError(
            f"expected CELL:LINE, got {text!r}", hint="as in --only 4:2, the numbers of the report"
        )
    return int(found[1]) - 1, int(found[2])


def migrate_folder(folder: Path, *, form: Form = "python") -> Iterator[NotebookMigration]:
    """Look at every notebook of a folder, one after the other; see `migrate`."""
    for path in notebooks_in(folder):
        yield migrate(path, form=form)


def migrate(
    path: str | Path,
    *,
    form: Form = "python",
    only: Iterable[tuple[int, int]] = (),
    found: NotebookFindings | None = None,
    opened: tuple[Notebook, bytes] | None = None,
) -> NotebookMigration:
    """Look at a notebook: its loops, and what it would become; runs nothing and writes nothing.

    Parameters
    ----------
    form
        How the rewritten notebook calls its stages.
    only
        Cells (from 0) and lines of the loops to convert; by default all that can be, the outer ones of nests,
        and none inside of functions.
    found
        The findings, where they are known already.
    opened
        The notebook as an editor has it, with the bytes that its file would have; by default what is on disk.

    Raises
    ------
    UsageError
        A loop that `only` names is not there, or cannot be converted.
    MissingDependencyError
        The notebook is kept as text, and jupytext is not installed.
    """
    path = Path(path)
    notebook = read_notebook_file(path) if opened is None else opened[0]
    if errors_in(notebook.findings):
        problems = NotebookFindings(path=str(path), problems=notebook.findings)
        return NotebookMigration(path=path, form=form, notebook=notebook, findings=found or problems)
    if found is None:
        from jupyter_agilab.migrate.finder import find_loops

        found = find_loops(notebook)
    before = path.read_bytes() if opened is None else opened[1]
    return _Migration(path, notebook, found, form, tuple(only), before).made()


class _Migration:
    def __init__(
        self,
        path: Path,
        notebook: Notebook,
        found: NotebookFindings,
        form: Form,
        only: tuple[tuple[int, int], ...],
        before: bytes,
    ) -> None:
        self.path, self.notebook, self.found, self.form, self.only = path, notebook, found, form, only
        self.before = before
        self.folder = path.resolve().parent
        self.code = {cell.index: cell for cell in notebook.code_cells}
        self.sources: dict[int, Source] = {}
        self.names = Fresh(name for cell in notebook.code_cells for name in _names_in(cell))
        self.left: list[NotConverted] = []

    def made(self) -> NotebookMigration:
        wanted = self._wanted()
        converted: list[Converted] = []
        cells: dict[int, tuple[NewCell, ...]] = {}
        for index in sorted({finding.cell for finding in wanted}):
            here = self._cell(index, [finding for finding in wanted if finding.cell == index])
            if here:
                new = self._written(index, here)
                if new is not None:
                    converted += here
                    cells[index] = tuple(new)
        try:
            after = rewrite(self.before, self.path, cells) if cells else self.before
        except UsageError as error:
            # an old format can be looked at and not be written
            self._leave([each.finding for each in converted], error.message)
            after, converted, cells = self.before, [], {}
        return NotebookMigration(
            path=self.path,
            form=self.form,
            notebook=self.notebook,
            findings=self.found,
            converted=tuple(converted),
            left=tuple(self.left),
            before=self.before,
            after=after,
            cells=cells,
        )

    def _wanted(self) -> list[LoopFinding]:
        found = [loop for loop in self.found.loops if loop.verdict == "convert" and loop.cell in self.code]
        if not self.only:
            for loop in found:
                if loop.in_function:
                    reason = (
                        f"it is inside the function {loop.in_function}; "
                        f"name it with --only {loop.cell + 1}:{loop.line} to convert it"
                    )
                    self.left.append(NotConverted(finding=loop, reason=reason))
                elif loop.change:
                    reason = "it can be converted after the small change that the report shows"
                    self.left.append(NotConverted(finding=loop, reason=reason))
            return [loop for loop in found if not loop.in_function and not loop.change]
        chosen = []
        for cell, line in self.only:
            here = [loop for loop in self.found.loops if (loop.cell, loop.line) == (cell, line)]
            if not here:
                raise UsageError(
                    f"{self.path.name} has no loop in cell {cell + 1}, line {line}",
                    hint="the report lists them with cell and line",
                )
            able = [loop for loop in here if loop.verdict == "convert"]
            if not able:
                raise UsageError(
                    f"the loop in cell {cell + 1}, line {line} cannot be converted: {here[0].message}"
                )
            chosen.append(able[0])
        return chosen

    def _cell(self, index: int, findings: Sequence[LoopFinding]) -> list[Converted]:
        """Draft the loops of a cell; of nested ones the outer, unless that has few items or cannot be."""
        cell = self.code[index]
        try:
            source = self.sources[index] = Source(python_source(cell.source).text)
        except (SyntaxError, ValueError, RecursionError):
            self._leave(findings, "the cell is not Python")
            return []
        spans: list[tuple[int, int]] = []
        made: list[Converted] = []
        for finding in _outer_first(findings):
            try:
                place = locate(source, finding)
                span = source.span(place.node)
                if any(start < span[1] and span[0] < end for start, end in spans):
                    self._leave([finding], "it is part of a loop that is converted as a whole")
                    continue
                made.append(self._one(cell, source, place, finding))
                spans.append(span)
            except CannotConvertError as error:
                self._leave([finding], str(error))
            except SyntaxError:
                self._leave([finding], "its lines mean something else in another place")
        return sorted(made, key=lambda each: each.placed.step.start)

    def _one(self, cell: NotebookCell, source: Source, place: Place, finding: LoopFinding) -> Converted:
        taken = frozenset(self.names.taken)
        node = place.node
        typed = cell.source.split("\n")
        if any(
            typed[line - 1] != source.lines[line - 1]
            for line in range(node.lineno, (node.end_lineno or 0) + 1)
        ):
            raise CannotConvertError(
                "a line of the loop has IPython's own syntax, which no function can have"
            )
        if isinstance(node, ast.For):
            step = split_loop(source, node, finding, taken)
        else:
            step = split_expression(source, node, taken)
        if not step.body.strip() and not step.value:
            raise CannotConvertError("an iteration only collects: there is nothing for a stage to do")
        hidden = _hidden(place)
        known = Knowledge(self._above(cell, place, everything=place.function is not None), hidden)
        fresh = Fresh(taken | mentioned(source.tree) | {step.received})
        target = ast.parse(step.target, mode="eval").body
        iterable = ast.parse(f"({step.iterable})", mode="eval").body
        names = pack_names(taken)
        items = items_of(target, iterable, known, item=fresh.name("item"), unpack=names.unpack)
        items = _with_a_reader(items, step, fresh)
        loop = Loop(
            finding=finding,
            cell=cell,
            place=place,
            step=step,
            items=items,
            known=known,
            context=CellContext(
                cells=known.cells, cell_id=cell.id or None, notebook=self.path.resolve(), folder=self.folder
            ),
            name=self._stage_name(step),
            taken=taken,
        )
        return drafted(loop, with_function=self.form == "functions")

    def _above(self, cell: NotebookCell, place: Place, *, everything: bool) -> list[ExecutedCell]:
        """Give the code above a loop; of one in a function, which runs later, that of the whole notebook."""
        cells = [
            ExecutedCell(source=each.source, execution_count=None, cell_id=each.id or f"#{each.index + 1}")
            for each in self.notebook.code_cells
            if each.index < cell.index or (everything and each.index != cell.index)
        ]
        lines = cell.source.split("\n")
        own = "\n".join(lines if everything else lines[: place.statement.lineno - 1])
        if own.strip():
            cells.append(ExecutedCell(source=own, cell_id=f"#{cell.index + 1}"))
        return cells

    def _stage_name(self, step: Step) -> str:
        names = [n for n in re.findall(r"[A-Za-z_]\w*", step.target) if n.strip("_") and n.isascii()]
        wanted = f"each_{names[-1].strip('_').lower()}" if names else "each_item"
        name = self.names.name(wanted)
        while self._is_there(name):
            name = self.names.name(wanted)
        return name

    def _is_there(self, name: str) -> bool:
        made = (self.folder / f"{name}.parallel_stage.toml", self.folder / "stages" / f"{name}.py")
        return any(path.exists() for path in made) or contract_path(name, self.folder).is_file()

    def _written(self, index: int, loops: list[Converted]) -> list[NewCell] | None:
        write = {"python": python_form, "magic": magic_form, "functions": functions_form}[self.form]
        while loops:
            try:
                made = write(self.code[index].source, self.sources[index], [each.placed for each in loops])
                if self.form != "functions":
                    return made
                above = [ExecutedCell(source=c.source) for c in self.notebook.code_cells if c.index < index]
                return [with_imports(cell, Knowledge(above)) for cell in made]
            except CannotConvertError as error:
                # which of several it is about is found by trying them one by one
                for each in loops:
                    try:
                        write(self.code[index].source, self.sources[index], [each.placed])
                    except CannotConvertError as own:
                        self._leave([each.finding], str(own))
                        loops.remove(each)
                        break
                else:
                    self._leave([each.finding for each in loops], str(error))
                    return None
        return None

    def _leave(self, findings: Iterable[LoopFinding], reason: str) -> None:
        self.left += [NotConverted(finding=finding, reason=reason) for finding in findings]


def _names_in(cell: NotebookCell) -> set[str]:
    """Give the names of a cell; of one that does not parse, everything that looks like one."""
    try:
        tree = ast.parse(python_source(cell.source).text)
    except (SyntaxError, ValueError, RecursionError):
        return set(re.findall(r"[A-Za-z_]\w*", cell.source))
    return mentioned(tree) | stored([tree]) | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}


def _outer_first(findings: Sequence[LoopFinding]) -> list[LoopFinding]:
    """Sort loops so that outer ones come first, unless one has so few items that an inner is better."""

    def is_poor(loop: LoopFinding) -> bool:
        inner = [
            other
            for other in findings
            if other is not loop and loop.line < other.line and other.end_line <= loop.end_line
        ]
        few = loop.items is not None and loop.items <= 2
        return few and any(other.items is None or other.items > (loop.items or 0) for other in inner)

    return sorted(findings, key=lambda loop: (is_poor(loop), loop.line, -loop.end_line))


def _hidden(place: Place) -> frozenset[str]:
    """Give the names that the statement or function around a loop binds for itself."""
    holder = place.function or (None if place.statement is place.node else place.statement)
    if holder is None:
        return frozenset()
    names = stored(holder.body if isinstance(holder, ast.FunctionDef) else [holder])
    if place.function is not None:
        names |= {argument.arg for argument in ast.walk(place.function.args) if isinstance(argument, ast.arg)}
    elif not isinstance(holder, ast.For | ast.While | ast.With | ast.If | ast.Try | ast.Match):
        # what an assignment binds has its old value while it is worked out
        return frozenset()
    return frozenset(names)


def _with_a_reader(items: Items, step: Step, fresh: Fresh) -> Items:
    """Make sure that the stage reads its item: a function must have something that a partition fills."""
    from dataclasses import replace

    used = read(ast.parse("\n".join([*items.prologue, step.body, step.value])))
    names = items.names
    if set(names) & used:
        return items
    if items.how == "grid" and len(names) == 1 and isinstance(items.grid, dict) and names[0] == "_":
        number = fresh.name("number")
        return replace(items, names=(number,), grid={number: items.grid["_"]}, prologue=(f"_ = {number}",))
    return replace(items, prologue=(*items.prologue, f"_ = {names[0]}"))
