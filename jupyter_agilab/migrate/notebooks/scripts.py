"""Notebooks kept as text (percent scripts, MyST, R Markdown), by way of jupytext."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_agilab.cells import Notebook, NotebookCell
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import MissingDependencyError, UsageError
from jupyter_agilab.migrate.notebooks.cell import Changes

SUFFIXES = (".py", ".md", ".Rmd", ".rmd", ".qmd")
"""What may be a notebook as text."""


def read_script(path: Path) -> Notebook:
    """Read a notebook that is kept as text; what is wrong with it becomes a finding.

    Raises
    ------
    MissingDependencyError
        jupytext is not installed.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return _unreadable(path, "notebook.missing", "there is no such notebook")
    except (OSError, UnicodeDecodeError) as error:
        return _unreadable(path, "notebook.unreadable", f"the notebook cannot be read: {error}")
    try:
        document = _parsed(text, path)
    except MissingDependencyError:
        raise
    except Exception as error:  # noqa: BLE001  # jupytext raises whatever an odd text leads to
        return _unreadable(path, "notebook.format", f"jupytext cannot read it: {error}")
    language = str(document.metadata.get("kernelspec", {}).get("language") or "python").lower()
    findings: tuple[Finding, ...] = ()
    if language not in {"python", "ipython"}:
        message = f"the notebook's language is {language}, stages are written in Python"
        findings = (Finding(code="notebook.language", message=message, level="syntax", path=str(path)),)
    cells = tuple(
        NotebookCell(index=index, id="", kind=cell.cell_type, source=cell.source)
        for index, cell in enumerate(document.cells)
    )
    return Notebook(path=path, cells=cells, findings=findings)


def rewritten_script(text: str, path: Path, changes: Changes) -> str:
    """Give the text with some cells replaced.

    Raises
    ------
    MissingDependencyError
        jupytext is not installed.
    UsageError
        The file is a plain script, without cells.
    """
    document = _parsed(text, path)
    if len(document.cells) <= max(changes):
        raise UsageError(f"{path.name} has no cell {max(changes) + 1}")
    before = _written(document, path)
    import nbformat

    cells: list[Any] = []
    for index, cell in enumerate(document.cells):
        if index not in changes:
            cells.append(cell)
            continue
        for new in changes[index]:
            made = nbformat.v4.new_code_cell(new.source, metadata=cell.metadata if new.keeps else {})
            cells.append(made)
    document.cells = cells
    after = _written(document, path)
    return after if before == text else _merged(text, before, after)


def _merged(text: str, before: str, after: str) -> str:
    """Take over only the lines that differ because of our change: jupytext would write others differently."""
    import difflib

    ours, old, new = (each.splitlines(keepends=True) for each in (text, before, after))
    place_of = _places(old, ours)
    parts: list[str] = []
    done = 0
    for tag, start, stop, first, last in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        begin, end = place_of[start], place_of[stop]
        parts += [*ours[done:begin], *new[first:last]]
        done = end
    return "".join([*parts, *ours[done:]])


def _places(old: Sequence[str], ours: Sequence[str]) -> list[int]:
    """Give for each line of `old`, and its end, the place in `ours` that corresponds to it."""
    import difflib

    places = [0] * (len(old) + 1)
    for _, start, stop, first, last in difflib.SequenceMatcher(None, old, ours, autojunk=False).get_opcodes():
        for step in range(stop - start):
            places[start + step] = min(first + step, last)
        places[stop] = last
    places[len(old)] = len(ours)
    return places


def _parsed(text: str, path: Path) -> Any:
    jupytext = _jupytext(path)
    return jupytext.reads(text, fmt=_format_of(text, path))


def _written(document: Any, path: Path) -> str:
    return str(_jupytext(path).writes(document, fmt=_format_name(document, path)))


def _format_of(text: str, path: Path) -> dict[str, str]:
    from jupytext.formats import divine_format, guess_format

    suffix = path.suffix
    name = guess_format(text, suffix)[0] if suffix == ".py" else ""
    if suffix == ".md" and divine_format(text).startswith("md:myst"):
        name = "myst"
    return {"extension": suffix, **({"format_name": name} if name else {})}


def _format_name(document: Any, path: Path) -> dict[str, str]:
    told = document.metadata.get("jupytext", {}).get("text_representation", {})
    name = told.get("format_name")
    return {"extension": path.suffix, **({"format_name": name} if name else {})}


def _jupytext(path: Path) -> Any:
    try:
        import jupytext
    except ImportError as error:
        raise MissingDependencyError(
            f"reading {path.name} as a notebook needs jupytext",
            hint="install it (pip install 'jupyter-agilab[migrate]'), or save the notebook as .ipynb",
        ) from error
    return jupytext


def _unreadable(path: Path, code: str, message: str) -> Notebook:
    return Notebook(
        path=path, findings=(Finding(code=code, message=message, level="syntax", path=str(path)),)
    )
