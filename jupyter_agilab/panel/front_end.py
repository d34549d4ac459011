"""Whether somebody looks: a front end that can show widgets, or only a program that executes a notebook."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import Any

VARIABLE = "JUPYTER_AGILAB_PANEL"
"""Environment variable: ``live`` shows the panel in every kernel, ``static`` in none."""


def has_front_end(shell: Any) -> bool:
    """Say whether the cell that runs now was sent by a front end that shows widgets.

    JupyterLab, Notebook 7 and VS Code say with each request which cell it is from. Programs that execute a
    notebook (nbclient, papermill, nbconvert), consoles and terminals do not; for them nothing is imported.
    """
    if getattr(shell, "kernel", None) is None:
        return False
    wish = os.environ.get(VARIABLE, "").strip().lower()
    if wish == "static" or not _is_installed():
        return False
    return wish == "live" or cell_of_request(shell) is not None or "google.colab" in sys.modules


def cell_of_request(shell: Any) -> str | None:
    """Give what the front end calls the cell that runs now; None where it does not say."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None or not hasattr(kernel, "get_parent"):
        return None
    request = kernel.get_parent()
    metadata = request.get("metadata") if isinstance(request, dict) else None
    cell = metadata.get("cellId") if isinstance(metadata, dict) else None
    return cell if isinstance(cell, str) and cell else None


def _is_installed() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("ipywidgets", "anywidget"))
