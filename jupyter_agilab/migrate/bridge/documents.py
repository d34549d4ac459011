"""From rows of ``lab_stages.toml`` to a notebook: a cell for each, with its texts above it."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_agilab.migrate.bridge.roles import role_named, with_role
from jupyter_agilab.migrate.bridge.rows import OWN, rows_of

_PYTHON = {"display_name": "Python 3", "language": "python", "name": "python3"}


def document_of(
    rows: Sequence[Mapping[str, Any]], notebook: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Give the notebook of some rows, as JSON (nbformat 4.5).

    What a row says and a cell does not is kept in the cell's ``metadata.agilab.row``, so that exporting the
    notebook gives the same rows. Outputs are not part of rows.

    Parameters
    ----------
    notebook
        What the notebook had besides its cells: ``metadata``, ``nbformat``; a Python notebook by default.
    """
    taken: set[str] = set()
    groups = [list(_cells(row, number, taken)) for number, row in enumerate(rows)]
    cells = [cell for group in groups for cell in group]
    document: dict[str, Any] = {
        "cells": cells,
        "metadata": {"kernelspec": dict(_PYTHON), "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    known = {key: copy.deepcopy(value) for key, value in (notebook or {}).items()}
    known.pop("cells", None)
    minor = known.get("nbformat_minor", 5)
    if known.get("nbformat", 4) == 4 and isinstance(minor, int) and minor < 5:
        for cell in cells:
            cell.pop("id", None)
    document |= known
    if list(rows_of(document, _source(rows)).rows) != [dict(row) for row in rows]:
        for row, group in zip(rows, groups, strict=True):
            cell = group[_place(row, group)]
            cell["metadata"] = {
                **cell["metadata"],
                "agilab": {**cell["metadata"].get("agilab", {}), "row": _plain(row)},
            }
    return document


def _source(rows: Sequence[Mapping[str, Any]]) -> str:
    return str(rows[0].get("NB_SOURCE_NOTEBOOK", "")) if rows else ""


def _place(row: Mapping[str, Any], group: Sequence[Mapping[str, Any]]) -> int:
    """Give the place of the row's own cell among those that were written for it."""
    own = row.get(OWN)
    after = own.get("after") if isinstance(own, Mapping) else None
    return len(group) - 1 - len(after or ())


def _cells(row: Mapping[str, Any], number: int, taken: set[str]) -> Iterator[dict[str, Any]]:
    own = row.get(OWN)
    own = own if isinstance(own, Mapping) else {}
    texts = own.get("before")
    if texts is None:
        texts = [{"type": "markdown", "text": f"# {row['D']}"}] if row.get("D") and not own else []
    for place, text in enumerate(texts):
        yield _with_id(_text(text), text, f"{number}/before/{place}", taken, was_kept=OWN in row)
    code = str(row.get("C") or "")
    metadata = copy.deepcopy(dict(own.get("metadata") or {}))
    role = role_named(row.get("NB_RUNTIME_ROLE")) or role_named(row.get("R"))
    if OWN not in row:
        metadata = with_role(metadata, role)
    count = row.get("NB_EXECUTION_COUNT")
    cell = {
        "cell_type": "code",
        "execution_count": count if isinstance(count, int) else None,
        "metadata": metadata,
        "outputs": [],
        "source": str(own.get("source", code)).splitlines(keepends=True),
    }
    yield _with_id(cell, own, f"{number}/code", taken, was_kept=OWN in row)
    for place, text in enumerate(own.get("after") or ()):
        yield _with_id(_text(text), text, f"{number}/after/{place}", taken, was_kept=True)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give what metadata keep of a row: all of it, without our table of texts that the cells hold."""
    kept = copy.deepcopy(dict(row))
    own = kept.pop(OWN, None)
    if isinstance(own, Mapping):
        left = {key: own[key] for key in ("source",) if key in own}
        kept[OWN] = left
    return kept


def _text(text: Mapping[str, Any]) -> dict[str, Any]:
    kind = text.get("type")
    cell = {
        "cell_type": kind if kind in {"markdown", "raw", "code"} else "markdown",
        "metadata": copy.deepcopy(dict(text.get("metadata") or {})),
        "source": str(text.get("text") or "").splitlines(keepends=True),
    }
    return {**cell, "execution_count": text.get("count"), "outputs": []} if kind == "code" else cell


def _with_id(
    cell: dict[str, Any], kept: Mapping[str, Any], place: str, taken: set[str], *, was_kept: bool
) -> dict[str, Any]:
    """Give the cell its id: the one it had, else a new one; none where the notebook had none."""
    known = kept.get("id")
    if was_kept and not known:
        return cell
    made = known if isinstance(known, str) and known else ""
    attempt = 0
    while not made or made in taken:
        made = hashlib.sha256(f"{place}/{attempt}".encode()).hexdigest()[:8]
        attempt += 1
    taken.add(made)
    return {**cell, "id": made}
