"""The cells of a notebook as a request has them: the text of the editor, which may not be saved yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast, get_args

from jupyter_agilab.cells import Notebook
from jupyter_agilab.errors import UsageError
from jupyter_agilab.open_notebooks.typed import CellKind, TypedCell, typed_notebook
from jupyter_agilab.server.fields import Fields

MOST_CELLS = 5_000
_MOST_CHARACTERS = 1_000_000
_MOST_ID = 200


def typed_of(fields: Fields, path: Path, name: str = "cells") -> Notebook:
    """Read a notebook's cells from a request.

    Raises
    ------
    UsageError
        A cell is not one, or there are too many, or too long ones.
    """
    return typed_notebook(path, (_cell(each, name) for each in fields.objects(name, most=MOST_CELLS)))


def index_of(fields: Fields, notebook: Notebook, name: str = "cell") -> int:
    """Give the index of the cell that a request means, by its id or its number from 0.

    Raises
    ------
    UsageError
        The notebook has no such cell.
    """
    wanted = fields.text(name, most=_MOST_ID)
    for cell in notebook.cells:
        if cell.id and cell.id == wanted:
            return cell.index
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 and int(wanted) < len(notebook.cells):
        return int(wanted)
    raise UsageError(f"the notebook has no cell {wanted!r}")


def _cell(value: dict[str, Any], name: str) -> TypedCell:
    cell_id, kind, source = value.get("id", ""), value.get("type"), value.get("source")
    if not isinstance(cell_id, str) or len(cell_id) > _MOST_ID:
        raise UsageError(f"{name}: a cell's id must be a text of at most {_MOST_ID} characters")
    if kind not in get_args(CellKind):
        raise UsageError(f"{name}: a cell's type must be one of {', '.join(get_args(CellKind))}")
    if not isinstance(source, str) or len(source) > _MOST_CHARACTERS:
        raise UsageError(f"{name}: a cell's source must be a text of at most {_MOST_CHARACTERS:,} characters")
    if any("\ud800" <= character <= "\udfff" for character in source):
        raise UsageError(f"{name}: a cell's source is not Unicode text")
    return TypedCell(id=cell_id, kind=cast(CellKind, kind), source=source)
