"""Small notebooks for the forms: give cells, get everything that was found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from jupyter_agilab.cells.notebook import Notebook, NotebookCell
from jupyter_agilab.migrate.finder import find_loops
from jupyter_agilab.migrate.finding import NotebookFindings

FindAll = Callable[..., NotebookFindings]


@pytest.fixture
def find_all() -> FindAll:
    """Give the findings of the cells."""

    def found(*cells: str) -> NotebookFindings:
        notebook = Notebook(
            path=Path("some.ipynb"),
            cells=tuple(
                NotebookCell(index=index, id=f"c{index}", kind="code", source=dedent(source).strip())
                for index, source in enumerate(cells)
            ),
        )
        return find_loops(notebook)

    return found
