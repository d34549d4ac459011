"""Load the stage's function in a worker, from frozen source, however many versions it has seen.

``sys.path`` and ``sys.modules`` are one for a whole process, so they show the local modules of one run at a
time. Runs that take turns in a worker each find theirs, also in imports inside functions; only such an import
while another run's task is under way in another thread of the same worker may find the other's.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from jupyter_agilab.private_folder import new_private_folder
from jupyter_agilab.run.compiled import extension_for, module_name

_KEPT = 4
_kept = _KEPT


@dataclass(slots=True)
class _Loaded:
    """A function, where its local modules lie on ``sys.path``, and those of them that are hidden now."""

    function: Callable[..., Any]
    roots: list[str]
    hidden: dict[str, ModuleType] = field(default_factory=dict)


_lock = threading.RLock()
_loaded: dict[tuple[str, str, str, Path | None], _Loaded] = {}
_roots: list[str] = []


def load_function(
    sources: Mapping[str, str], digest: str, entry: str, function: str, folder: str, home: Path | None = None
) -> Callable[..., Any]:
    """Import the module ``entry`` from exactly `sources` and give its function.

    The second call is a look-up, and shows the run's local modules again where another's were shown since.

    Parameters
    ----------
    sources, digest, entry, function
        As in `jupyter_agilab.run.types.StageSpec`.
    folder
        The contract's folder; put last on ``sys.path``, for what cannot travel as source.
    home
        The run's ``code`` directory; used where it holds the same text, else a private temporary folder is
        made.

    Raises
    ------
    Exception
        Whatever the user's module raises when it is imported.
    """
    # by run: tracebacks name its files, and a worker may outlive the directory of an earlier run
    key = (digest, entry, function, home)
    with _lock:
        loaded = _loaded.get(key)
        if loaded is None:
            module = _import(sources, digest, entry, folder, home)
            loaded = _loaded[key] = _Loaded(getattr(module, function), list(_roots))
            forget_oldest(_loaded)
        elif sources and loaded.roots != _roots:
            _show(loaded.roots, sources)
            sys.modules.update(loaded.hidden)
            loaded.hidden.clear()
        return loaded.function


def forget_oldest(by_run: dict[Any, Any]) -> None:
    """Keep what belongs to the last few runs: a worker may live long. What comes back is loaded again."""
    while len(by_run) > _kept:
        del by_run[next(iter(by_run))]


def keep_runs(count: int) -> None:
    """Let that many runs take turns here without that any is loaded twice: the stages of a workflow."""
    global _kept  # noqa: PLW0603  # as what is kept is this process's
    _kept = max(_kept, _KEPT + 2 * count)


@contextmanager
def put_back_modules() -> Iterator[None]:
    """Load anew what is loaded in the block, and leave ``sys.path`` and ``sys.modules`` as they were before.

    Installed modules that were imported in the block stay: most of them cannot be imported twice.
    """
    with _lock:
        path, modules, roots, loaded = list(sys.path), dict(sys.modules), list(_roots), dict(_loaded)
        _loaded.clear()
    try:
        yield
    finally:
        with _lock:
            shown = {*_roots, *(root for each in _loaded.values() for root in each.roots)}
            ours = tuple(f"{root}{os.sep}" for root in shown.difference(roots))
            for name, module in list(sys.modules.items()):
                origin = getattr(module, "__file__", None)
                is_new = modules.get(name) is not module
                if is_new and isinstance(origin, str) and origin.startswith(ours):
                    del sys.modules[name]
            for name, module in modules.items():
                sys.modules.setdefault(name, module)
            sys.path[:], _roots[:] = path, roots
            _loaded.clear()
            _loaded.update(loaded)


def _import(
    sources: Mapping[str, str], digest: str, entry: str, folder: str, home: Path | None
) -> ModuleType:
    if folder not in sys.path:
        sys.path.append(folder)
    if not sources:
        return importlib.import_module(entry)
    root = _materialise(sources, home)
    _show([str(root), *([str((root / entry).parent)] if entry.endswith(".py") else [])], sources)
    importlib.invalidate_caches()
    if not entry.endswith(".py"):
        return importlib.import_module(entry)
    name = module_name(digest, entry)
    compiled, why_not = extension_for(folder, entry, digest)
    if why_not:
        warnings.warn(why_not, RuntimeWarning, stacklevel=2)
    path = compiled or root / entry
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise ImportError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(specification)
    # dataclasses and pickle look their module up by name
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _materialise(sources: Mapping[str, str], home: Path | None) -> Path:
    if home is not None and all(_has_text(home / name, text) for name, text in sources.items()):
        return home
    root = new_private_folder()
    for name, text in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    return root


def _has_text(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False


def _show(roots: list[str], sources: Mapping[str, str]) -> None:
    """Make ``sys.path`` and ``sys.modules`` show this version of the local modules, and no other.

    `roots` are the root of `sources` and, for a module given by its path, the folder that it lies in.
    """
    shown = next((loaded for loaded in _loaded.values() if loaded.roots == _roots), None)
    before = tuple(f"{root}{os.sep}" for root in _roots)
    for old in _roots:
        while old in sys.path:
            sys.path.remove(old)
    _roots[:] = roots
    sys.path.insert(0, roots[0])
    # last, so that a stage named like a module of Python's library does not hide it
    sys.path += roots[1:]
    tops = {name.partition("/")[0].removesuffix(".py") for name in sources}
    tops |= {Path(name).stem for name in sources if len(roots) > 1}
    copies = tuple(f"/{source}" for source in sources)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in tops or name == "__main__" or name in sys.builtin_module_names:
            continue
        origin = getattr(module, "__file__", None)
        # only what came from some copy of these files; an installed module of the same name stays
        if origin is None or origin.startswith(before) or origin.endswith(copies):
            del sys.modules[name]
            if shown is not None:
                shown.hidden[name] = module
