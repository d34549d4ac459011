"""Any notebook file: found in a folder, read, rewritten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from jupyter_agilab.cells import Notebook, read_notebook
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.migrate.notebooks.cell import Changes

_LEFT_OUT = frozenset({"node_modules", "__pycache__", "site-packages"})
_CONFLICT = ("<<<<<<< ", "=======", ">>>>>>> ")


def notebooks_in(folder: Path) -> Iterator[Path]:
    """Find the ``.ipynb`` files of a folder and those below it, sorted; hidden folders are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _LEFT_OUT)
        for name in sorted(names):
            if name.endswith(".ipynb") and not name.startswith("."):
                yield Path(place) / name


def read(path: Path) -> Notebook:
    """Read a notebook of any kind; what is wrong with it becomes findings.

    Raises
    ------
    MissingDependencyError
        It is kept as text, and jupytext is not installed.
    """
    if path.suffix != ".ipynb":
        from jupyter_agilab.migrate.notebooks.scripts import SUFFIXES, read_script

        if path.suffix in SUFFIXES:
            return read_script(path)
    found = read_notebook(path)
    if any(finding.code == "notebook.not-json" for finding in found.findings) and _has_conflict(path):
        told = Finding(
            code="notebook.conflict",
            message="the notebook has the marks of a merge that is not finished (<<<<<<<)",
            level="syntax",
            path=str(path),
            hint="finish the merge, for example with nbdime's `nbdime mergetool`",
        )
        return Notebook(path=path, findings=(told,))
    return found


def rewrite(data: bytes, path: Path, changes: Changes) -> bytes:
    """Give the notebook's bytes with some cells replaced; `path` tells what kind it is.

    Raises
    ------
    UsageError
        Its format cannot be rewritten.
    MissingDependencyError
        It is kept as text, and jupytext is not installed.
    """
    text = data.decode("utf-8")
    if path.suffix == ".ipynb":
        from jupyter_agilab.migrate.notebooks.ipynb import rewritten

        return rewritten(text, changes).encode("utf-8", "surrogatepass")
    from jupyter_agilab.migrate.notebooks.scripts import rewritten_script

    return rewritten_script(text, path, changes).encode("utf-8")


def _has_conflict(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            marks = {line[:8].rstrip("\n") for line in lines if line[:1] in "<=>"}
    except OSError:
        return False
    return all(any(mark.startswith(wanted.strip()) for mark in marks) for wanted in _CONFLICT)
