"""A function named as in contracts: ``stages/g1.py:setup`` or ``package.module:function``."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import UsageError


def function_named(reference: str, folder: Path) -> Callable[..., Any]:
    """Import a function; a module given by a path is taken as it is now, and is not put into ``sys.modules``.

    Raises
    ------
    UsageError
        There is no such module or function.
    """
    module, _, name = reference.rpartition(":")
    try:
        if module.endswith(".py"):
            path = folder / module
            spec = importlib.util.spec_from_file_location(f"agilab_stage_{path.stem}", path)
            assert spec is not None
            assert spec.loader is not None
            loaded = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(loaded)
        else:
            loaded = importlib.import_module(module)
        function = getattr(loaded, name)
    except (ImportError, OSError, AttributeError, ValueError) as error:
        raise UsageError(
            f"there is no function {reference!r} in {folder}: {error}", hint="write it as FILE.py:FUNCTION"
        ) from error
    if not callable(function):
        raise UsageError(f"{reference!r} is not a function but a {type(function).__name__}")
    found: Callable[..., Any] = function
    return found
