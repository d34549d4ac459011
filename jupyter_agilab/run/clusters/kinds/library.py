"""The library that a kind of cluster needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from jupyter_agilab.errors import MissingDependencyError


def library(module: str, extra: str) -> Any:
    """Import the library of a kind of cluster.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        if error.name is not None and error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise MissingDependencyError(
            f"clusters of this kind need the package {module.replace('_', '-')}, which is not installed",
            hint=f"pip install 'jupyter-agilab[{extra}]'",
        ) from error
