"""Finds the loops of a notebook and says of each whether it can become a stage, without running anything."""

from __future__ import annotations

import ast
from functools import partial

from jupyter_agilab.cells.notebook import Notebook
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.migrate.explain import finding_of, not_understood
from jupyter_agilab.migrate.find.candidate import Candidate
from jupyter_agilab.migrate.find.scan import Scanner
from jupyter_agilab.migrate.finding import LoopFinding, NotebookFindings
from jupyter_agilab.migrate.know.functions import seeds
from jupyter_agilab.migrate.prove.facts import gather_facts
from jupyter_agilab.migrate.prove.judge import obstacles
from jupyter_agilab.migrate.prove.later import Later
from jupyter_agilab.migrate.prove.program import CodeCell, Program, read_program
from jupyter_agilab.migrate.prove.walk import TooDeepError
from jupyter_agilab.migrate.rank import ranked


def find_loops(notebook: Notebook) -> NotebookFindings:
    """Find the candidates of a notebook, in the order of cells and lines; never raises for what is in it.

    Looks at the text only. What cannot be read, another kernel's language, and cells that do not parse
    become `NotebookFindings.problems`.
    """
    problems = list(notebook.findings)
    path = str(notebook.path)
    if any(problem.severity == "error" for problem in problems):
        return NotebookFindings(path=path, problems=tuple(problems))
    try:
        program = read_program(notebook)
    except RecursionError:
        return NotebookFindings(path=path, problems=(*problems, _too_deep(path)))
    problems.extend(program.problems)
    search = _Search(program)
    scanner = Scanner(program, search.decide)
    for cell in program.cells:
        search.cell = cell
        if cell.magic == "px":
            search.found.append(_on_engines(cell))
            continue
        try:
            scanner.cell(cell)
        except RecursionError:
            problems.append(_too_deep(path, cell.index))
    found = sorted(_without_readers(search.found), key=lambda loop: (loop.cell, loop.line, -loop.end_line))
    return NotebookFindings(path=path, loops=ranked(found, notebook), problems=tuple(problems))


class _Search:
    """Judges candidates and keeps what was found."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.later = Later(program)
        self.found: list[LoopFinding] = []
        self.cell: CodeCell | None = None
        self.seeded = _seeding(program)

    def decide(self, candidate: Candidate) -> bool:
        """Judge a candidate; tells whether what is inside it is settled by that."""
        cell = self.cell
        if cell is None:
            return False
        try:
            facts = gather_facts(
                candidate,
                partial(self.later.names, candidate),
                self._seeded_before(candidate),
                _syntax(candidate, cell),
            )
            found = obstacles(facts)
            loop = finding_of(facts, found, cell)
        except (TooDeepError, RecursionError):
            loop = not_understood(candidate, cell)
        self.found.append(loop)
        return loop.verdict == "convert"

    def _seeded_before(self, candidate: Candidate) -> dict[str, int]:
        """Give the generators that a cell seeds before the candidate, with that cell."""
        place = candidate.context.scene.cell, candidate.line
        inside = bool(candidate.context.scene.frames)
        return {
            generator: at[0]
            for generator, places in self.seeded.items()
            for at in places[:1]
            if inside or at < place
        }


def _seeding(program: Program) -> dict[str, list[tuple[int, int]]]:
    """Find where the notebook seeds global generators, loops that seed for each item themselves left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for cell in program.cells:
        for node in ast.walk(cell.tree):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
            root, _, rest = name.partition(".")
            full = program.imports.get(root, {"np": "numpy", "tf": "tensorflow"}.get(root, root))
            generator = seeds(f"{full}.{rest}" if rest else full)
            if generator:
                found.setdefault(generator, []).append((cell.index, node.lineno))
    return found


def _syntax(candidate: Candidate, cell: CodeCell) -> tuple[tuple[int, str], ...]:
    """Give the lines of the candidate with IPython syntax; a magic before the expression is fine."""
    first = candidate.line + (1 if isinstance(candidate.node, ast.expr) else 0)
    if isinstance(candidate.node, ast.expr) and candidate.end_line == candidate.line:
        return ()
    return tuple(
        (each.line, each.text) for each in cell.translations if first <= each.line <= candidate.end_line
    )


def _without_readers(found: list[LoopFinding]) -> list[LoopFinding]:
    """Leave out loops that only take the results of a parallel map, which is found itself."""
    maps = {
        (loop.cell, loop.line)
        for loop in found
        if loop.verdict == "convert" and loop.form not in {"for", "while"}
    }
    return [
        loop
        for loop in found
        if not (
            loop.form == "for"
            and loop.rule in {"migrate.too-small", "migrate.yields"}
            and (loop.cell, loop.line) in maps
        )
    ]


def _on_engines(cell: CodeCell) -> LoopFinding:
    end = max(1, len(cell.lines))
    message = "the cell runs on every engine at once (%%px), not once for each of several items"
    return LoopFinding(
        cell=cell.index,
        cell_id=cell.id,
        line=1,
        end_line=end,
        form="ipyparallel",
        verdict="refuse",
        rule="migrate.px-cell",
        reason="not-understood",
        message=message,
        reason_line=1,
    )


def _too_deep(path: str, cell: int | None = None) -> Finding:
    where = f"cell {cell}: " if cell is not None else ""
    return Finding(
        code="migrate.too-deep",
        message=f"{where}the code is nested too deeply, its loops are not looked at",
        level="syntax",
        severity="warning",
        path=path,
        cell=None if cell is None else str(cell),
    )


__all__ = ["find_loops"]
