"""Small notebooks for the rules: give cells, get what was found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from jupyter_agilab.cells.notebook import Notebook, NotebookCell
from jupyter_agilab.migrate.finder import find_loops
from jupyter_agilab.migrate.finding import LoopFinding

Find = Callable[..., LoopFinding]


@pytest.fixture
def find() -> Find:
    """Give the first finding of the last cell that has one."""

    def found(*cells: str) -> LoopFinding:
        notebook = Notebook(
            path=Path("some.ipynb"),
            cells=tuple(
                NotebookCell(index=index, id=f"c{index}", kind="code", source=dedent(source).strip())
                for index, source in enumerate(cells)
            ),
        )
        findings = find_loops(notebook)
        last = max(loop.cell for loop in findings.loops)
        return next(loop for loop in findings.loops if loop.cell == last)

    return found
