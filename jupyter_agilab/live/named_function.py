"""A function named as in contracts: ``stages/g1.py:setup`` or ``package.module:function``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
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
        loaded = _from_file(folder / module) if module.endswith(".py") else importlib.import_module(module)
    except Exception as error:
        raise UsageError(
            f"{reference!r} in {folder} cannot be imported: {type(error).__name__}: {error}",
            hint="write it as FILE.py:FUNCTION; the module must be importable by itself",
        ) from error
    function = getattr(loaded, name, None)
    if function is None:
        raise UsageError(
            f"there is no function {name!r} in {module}, in {folder}", hint="write it as FILE.py:FUNCTION"
        )
    if not callable(function):
        raise UsageError(f"{reference!r} is not a function but a {type(function).__name__}")
    found: Callable[..., Any] = function
    return found


def _from_file(path: Path) -> ModuleType:
    name = f"agilab_stage_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # only while it is imported: dataclasses look their module up by name; what is found there travels by name
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
    return module
