"""What the kernel knows: the cells that ran, the cell that runs now, the notebook."""

from __future__ import annotations

import builtins
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jupyter_agilab.extract.context import CellContext, ExecutedCell
    from jupyter_agilab.panel.view import View

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Cell ids of the notebook format. Some front ends send an address with the file's path instead: not kept."""


@dataclass(frozen=True, slots=True)
class _Started:
    """A cell that was started; ``number`` is its place in the history, None where it is not kept there."""

    number: int | None
    raw: str
    cell_id: str | None
    at: float


class Session:
    """Notes when and under which id each cell was started; one per shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._started: dict[int, _Started] = {}
        self._current: _Started | None = None
        self.given: set[str] = set()
        """Names in the notebook that hold what a magic left there."""
        raw = shell.history_manager.input_hist_raw
        # the cell that loads us has been started already
        self._note(len(raw) - 1, raw[-1], _id_of_request(shell))

    def before_cell(self, info: Any) -> None:
        """Take note of a cell that is about to run."""
        # IPython counts the cell before or after this call, by version; its history grows after it
        number = len(self.shell.history_manager.input_hist_raw) if info.store_history else None
        self._note(number, info.raw_cell, getattr(info, "cell_id", None))

    def _note(self, number: int | None, raw: str, cell_id: object) -> None:
        valid = cell_id if isinstance(cell_id, str) and _CELL_ID.fullmatch(cell_id) else None
        self._current = _Started(number, raw, valid, time.time())
        if number is not None:
            self._started[number] = self._current

    def display(self, view: View) -> None:
        """Show something in the richest form that the front end has."""
        from IPython.display import display

        display(view)

    def say(self, text: str) -> None:
        """Print a sentence."""
        sys.stdout.write(f"{text}\n")

    def context(self, body: str) -> CellContext:
        """Give what extraction may look at for the cell that runs now; `body` is its text below our magic."""
        from jupyter_agilab.extract.context import CellContext, ExecutedCell

        shell = self.shell
        raw = shell.history_manager.input_hist_raw
        current = self._current if self._current and below_header(self._current.raw, body) else None
        number = current.number if current else None
        cells = tuple(
            ExecutedCell(source=raw[place], execution_count=place, cell_id=self._cell_id(place))
            for place in range(1, len(raw) if number is None else min(number, len(raw)))
            if raw[place].strip()
        )
        notebook = notebook_path(shell)
        return CellContext(
            namespace=_names_of_the_user(shell),
            cells=cells,
            notebook_cells=self._notebook_cells(notebook, cells) if notebook else None,
            cell_id=current.cell_id if current else None,
            execution_count=number,
            notebook=notebook,
            folder=Path.cwd(),
            first_line=(below_header(current.raw, body) if current else None) or 2,
        )

    def leave(self, name: str, value: object) -> str:
        """Put a value into the notebook under a stage's name; gives what was lost by that, in words."""
        held = self.shell.user_ns.get(name)
        lost = name in self.shell.user_ns and name not in self.given and not callable(held)
        self.given.add(name)
        self.shell.push({name: value})
        return f"{name} was a {type(held).__name__} in this notebook; it is the stage now" if lost else ""

    def _cell_id(self, count: int) -> str | None:
        started = self._started.get(count)
        return started.cell_id if started else None

    def _notebook_cells(self, notebook: Path, cells: Sequence[ExecutedCell]) -> dict[str, str] | None:
        """Give the notebook's code cells as they stand now, by id; None where that cannot be known.

        The file tells about the time when it was saved. What was executed later is known from its execution.
        """
        from jupyter_agilab.cells import read_notebook

        try:
            saved = notebook.stat().st_mtime
        except OSError:
            return None
        known = {cell.id: cell.source for cell in read_notebook(notebook).code_cells if cell.id}
        if not known or any(cell.cell_id is None for cell in cells):
            return None
        for cell in cells:
            started = self._started.get(cell.execution_count or 0)
            if started is not None and started.cell_id is not None and started.at >= saved:
                known[started.cell_id] = cell.source
        return known


def _names_of_the_user(shell: InteractiveShell) -> dict[str, object]:
    """Give the namespace without what IPython puts in place of Python's own functions, such as ``open``."""
    hidden = shell.user_ns_hidden
    return {
        name: value
        for name, value in shell.user_ns.items()
        if not (hasattr(builtins, name) and hidden.get(name) is value)
    }


def _id_of_request(shell: InteractiveShell) -> object:
    """Give the id of the cell that runs now, from the front end's request; of later ones IPython tells it."""
    kernel = getattr(shell, "kernel", None)
    request = kernel.get_parent() if kernel is not None and hasattr(kernel, "get_parent") else None
    return (request.get("metadata") or {}).get("cellId") if isinstance(request, dict) else None


def below_header(raw: str, body: str) -> int | None:
    """Give the 1-based line of a typed cell where the text below our magic starts; None for another cell."""
    body_lines = body.rstrip("\n").split("\n")
    raw_lines = raw.rstrip("\n").split("\n")
    above = len(raw_lines) - len(body_lines)
    return above + 1 if above > 0 and raw_lines[above:] == body_lines else None


def notebook_path(shell: InteractiveShell) -> Path | None:
    """Give the notebook's file: VS Code tells it in a variable, a Jupyter server in the environment."""
    for told in (shell.user_ns.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(told, str) and told.endswith(".ipynb"):
            path = Path(told)
            if path.is_file():
                return path.resolve()
    return None
