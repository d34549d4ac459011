"""Where the author typed a line: from the modules of a run back to the notebook, its cell and its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.run.layout import RunDirectory

if TYPE_CHECKING:
    from jupyter_agilab.cells import NotebookCell

_FRAME = (
    r'^(?P<before>[ |]*)File "(?P<code>{code})?(?P<file>{files})", line (?P<line>\d+)(?P<name>,? in .*)?$'
)


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """A line of a cell as it was typed.

    Attributes
    ----------
    cell
        The cell in words: ``cell 3 of flights.ipynb``, counted from the notebook's top, text cells included;
        ``the cell`` and what else is known where it cannot be found there.
    line
        From 1, in the cell, its ``%%`` line included.
    is_found
        Whether the cell is in the notebook as it is on disk.
    """

    cell: str
    line: int
    is_found: bool

    def __str__(self) -> str:
        return f"{self.cell}, line {self.line}" if self.is_found else f"line {self.line} of {self.cell}"


@dataclass(frozen=True, slots=True)
class _Module:
    """A module that was written from a cell; ``magic`` and ``stage`` stand in the cell's first line."""

    text: str
    magic: str
    stage: str
    cell_id: str = ""


class TypedPlaces:
    """Leads from lines of a run's modules to the cells that they were typed in.

    Everything is read when it is first asked for, the notebook again when it was saved since. What cannot be
    read leads nowhere: that is never an error.

    Parameters
    ----------
    run
        The run, or the trial.
    folder
        The contract's folder, which the notebook lies in; that of the run unless it is given.
    """

    def __init__(self, run: RunDirectory, folder: Path | None = None) -> None:
        self._run = run
        # `.agilab/runs/STAGE/RUN` lies beside the contract
        self._folder = folder or run.path.parents[3]
        self._notebook_name = ""
        self._entry = ""
        self._modules: Mapping[str, _Module] | None = None
        self._cells: tuple[NotebookCell, ...] = ()
        self._saved = 0
        self._frame: re.Pattern[str] | None = None

    def of(self, line: int, module: str = "") -> TypedPlace | None:
        """Give where a line of a module was typed; None where it was not typed in a cell.

        Parameters
        ----------
        line
            The module's line, from 1.
        module
            Its path as tracebacks give it; the stage's own where it is empty.
        """
        from jupyter_agilab.extract.line_map import typed_line

        found = self._known().get(module or self._entry)
        typed = typed_line(found.text, line) if found is not None else None
        if found is None or typed is None:
            return None
        name, line_of_cell = typed
        source = found.text.split("\n")[line - 1]
        cell = self._defining(name, source, line_of_cell) if name else self._own(found)
        return TypedPlace(self._words(cell, name, found), line_of_cell, cell is not None)

    def innermost(self, module_lines: Sequence[int]) -> TypedPlace | None:
        """Give the place of the last line of the stage's module that was typed in a cell; None for none."""
        places = (self.of(line) for line in reversed(module_lines))
        return next((place for place in places if place is not None), None)

    def mapped(self, text: str) -> str:
        """Name notebook, cell and line in a traceback's frames, beside the module and its line."""
        if 'File "' not in text or not self._known():
            return text
        if self._frame is None:
            files = "|".join(map(re.escape, self._known()))
            code = re.escape(f"{self._run.code}/")
            self._frame = re.compile(_FRAME.format(code=code, files=files), re.MULTILINE)
        return self._frame.sub(self._mapped_frame, text)

    def _mapped_frame(self, frame: re.Match[str]) -> str:
        place = self.of(int(frame["line"]), frame["file"])
        if place is None:
            return frame[0]
        cell = place.cell[:1].upper() + place.cell[1:]
        name = re.sub(r"^,? in", ", in", frame["name"] or "")
        return f"{frame['before']}{cell}, line {place.line}{name} ({frame['file']}, line {frame['line']})"

    def _known(self) -> Mapping[str, _Module]:
        if self._modules is None:
            try:
                self._modules = self._read()
            except (OSError, ValueError, KeyError, TypeError):
                self._modules = {}
        return self._modules

    def _read(self) -> dict[str, _Module]:
        from jupyter_agilab.run.spec import is_as_written, load_spec

        frozen = load_spec(self._run)
        spec, reduce_code, source = frozen.stage, frozen.reduce_code, frozen.contract.source
        self._notebook_name = source.notebook or ""
        self._entry = spec.entry
        found: dict[str, _Module] = {}
        if reduce_code is not None and is_as_written(reduce_code, source.reduce_digest):
            text = reduce_code.sources.get(reduce_code.entry, "")
            found[reduce_code.entry] = _Module(text, "parallel_reduce", spec.stage)
        if spec.has_typed_lines:
            text = spec.sources.get(spec.entry, "")
            found[spec.entry] = _Module(text, "parallel_stage", spec.stage, source.cell or "")
        return found

    def _notebook(self) -> tuple[NotebookCell, ...]:
        from jupyter_agilab.cells import read_notebook

        path = self._folder / self._notebook_name
        try:
            saved = path.stat().st_mtime_ns if self._notebook_name else 0
        except OSError:
            saved = 0
        if saved != self._saved:
            self._saved = saved
            self._cells = read_notebook(path).code_cells if saved else ()
        return self._cells

    def _own(self, module: _Module) -> NotebookCell | None:
        """Find the cell that the module was written from: by its id, else by its first line."""
        cells = self._notebook()
        head = re.compile(
            rf"^%%{module.magic}\b.*?[\s\"']{re.escape(module.stage)}(?:[\s\"']|$)", re.MULTILINE
        )
        by_id = (cell for cell in cells if module.cell_id and cell.id == module.cell_id)
        by_head = (cell for cell in reversed(cells) if head.search(cell.source))
        return next(by_id, None) or next(by_head, None)

    def _defining(self, name: str, text: str, line: int) -> NotebookCell | None:
        """Find the cell that defines a copied function or class, with this text in this line."""
        starts = re.compile(rf"^(?:async\s+def|def|class)\s+{re.escape(name)}\b", re.MULTILINE)
        for cell in reversed(self._notebook()):
            lines = cell.source.split("\n")
            if starts.search(cell.source) and line <= len(lines) and lines[line - 1].strip() == text.strip():
                return cell
        return None

    def _words(self, cell: NotebookCell | None, name: str, module: _Module) -> str:
        notebook = self._notebook_name
        if cell is not None:
            return f"cell {cell.index + 1} of {notebook}"
        what = f"the cell that defines {name}" if name else "the cell"
        if not notebook:
            return what
        return f"{what} in {notebook}" if name else f"the {module.magic} cell of {module.stage} in {notebook}"
