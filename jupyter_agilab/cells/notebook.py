"""A notebook file read as cells."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.diagnostics import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookCell:
    """One cell of a notebook file.

    ``index`` is its 0-based place; ``id`` is empty in notebooks older than format 4.5; ``source`` is as
    typed, magics included.
    """

    index: int
    id: str
    kind: Literal["code", "markdown", "raw"]
    source: str
    execution_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A notebook as text; ``cells`` is empty where a finding says that it cannot be read."""

    path: Path
    cells: tuple[NotebookCell, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def code_cells(self) -> tuple[NotebookCell, ...]:
        """The cells of kind ``code``, in order."""
        return tuple(cell for cell in self.cells if cell.kind == "code")


def read_notebook(path: Path) -> Notebook:
    """Read a notebook of any nbformat version; what is wrong with it becomes findings, never an exception."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return _unreadable(path, "notebook.missing", "there is no such notebook")
    except (OSError, UnicodeDecodeError) as error:
        return _unreadable(path, "notebook.unreadable", f"the notebook cannot be read: {error}")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return _unreadable(
            path, "notebook.not-json", f"the notebook is not JSON: {error.msg}", error.lineno, error.colno
        )
    except RecursionError:
        return _unreadable(path, "notebook.not-json", "the notebook is nested too deeply to be one")
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        return _unreadable(
            path, "notebook.format", "the file is JSON, but not a notebook: it has no `nbformat` number"
        )
    document = _current_form(document)
    if document is None:
        return _unreadable(
            path, "notebook.format", "the notebook does not have the form that its `nbformat` number says"
        )
    cells: list[NotebookCell] = []
    findings: list[Finding] = []
    for index, cell in enumerate(document["cells"]):
        if not isinstance(cell, dict) or cell.get("cell_type") not in {"code", "markdown", "raw"}:
            findings.append(
                _finding(path, "notebook.cell", f"cell {index + 1} of the file is not a cell, it is left out")
            )
            continue
        count = cell.get("execution_count")
        cells.append(
            NotebookCell(
                index=index,
                id=cell["id"] if isinstance(cell.get("id"), str) else "",
                kind=cell["cell_type"],
                source=_joined(cell.get("source")),
                execution_count=count if isinstance(count, int) else None,
            )
        )
    language = _language(document.get("metadata"))
    if language and language.lower() not in {"python", "ipython"}:
        message = f"the notebook's language is {language}, stages are written in Python"
        findings.append(_finding(path, "notebook.language", message, severity="error"))
    return Notebook(path=path, cells=tuple(cells), findings=tuple(findings))


def _current_form(document: dict[str, Any]) -> dict[str, Any] | None:
    """Convert to nbformat 4; None where that is impossible."""
    if document["nbformat"] != 4:
        import nbformat

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if not nbformat.validator.isvalid(document, version=document["nbformat"]):
                    return None
                document = nbformat.convert(nbformat.from_dict(document), 4)
        except Exception:  # noqa: BLE001  # the converters raise whatever an odd document leads to
            return None
    return document if isinstance(document.get("cells"), list) else None


def _joined(source: object) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _language(metadata: object) -> str:
    for table, key in (("language_info", "name"), ("kernelspec", "language")):
        entry = metadata.get(table) if isinstance(metadata, dict) else None
        if isinstance(entry, dict) and isinstance(entry.get(key), str):
            return str(entry[key])
    return ""


def _finding(
    path: Path,
    code: str,
    message: str,
    line: int | None = None,
    column: int | None = None,
    severity: Literal["error", "warning"] = "warning",
) -> Finding:
    return Finding(
        code=code,
        message=message,
        level="syntax",
        severity=severity,
        path=str(path),
        line=line,
        column=column,
    )


def _unreadable(
    path: Path, code: str, message: str, line: int | None = None, column: int | None = None
) -> Notebook:
    return Notebook(path=path, findings=(_finding(path, code, message, line, column, severity="error"),))
