"""A notebook whose text comes from an editor, and is perhaps not on disk yet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jupyter_agilab.cells import Notebook, NotebookCell

CellKind = Literal["code", "markdown", "raw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCell:
    """A cell as it stands in the editor; ``id`` is empty where it has none."""

    id: str
    kind: CellKind
    source: str


def typed_notebook(path: Path, cells: Iterable[TypedCell]) -> Notebook:
    """Give the notebook at `path` with these cells; the file is not looked at."""
    made = tuple(
        NotebookCell(index=index, id=cell.id, kind=cell.kind, source=cell.source)
        for index, cell in enumerate(cells)
    )
    return Notebook(path=path, cells=made)


def notebook_bytes(notebook: Notebook) -> bytes:
    """Give a notebook file, format 4.5, of a notebook's cells; without outputs and metadata."""
    cells = []
    for cell in notebook.cells:
        made: dict[str, object] = {"cell_type": cell.kind, "metadata": {}, "source": cell.source}
        if cell.id:
            made["id"] = cell.id
        if cell.kind == "code":
            made |= {"execution_count": None, "outputs": []}
        cells.append(made)
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
