"""Load the stage's function in a worker, from frozen source, however many versions it has seen."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_lock = threading.RLock()
_loaded: dict[tuple[str, str, str], Callable[..., Any]] = {}
_roots: list[str] = []


def load_function(
    sources: Mapping[str, str], digest: str, entry: str, function: str, folder: str, home: Path | None = None
) -> Callable[..., Any]:
    """Import the module ``entry`` from exactly `sources` and give its function; the second call is a look-up.

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
    key = (digest, entry, function)
    with _lock:
        if key not in _loaded:
            _loaded[key] = _import(sources, digest, entry, function, folder, home)
        return _loaded[key]


def _import(
    sources: Mapping[str, str], digest: str, entry: str, function: str, folder: str, home: Path | None
) -> Callable[..., Any]:
    if folder not in sys.path:
        sys.path.append(folder)
    if not sources:
        module = importlib.import_module(entry)
        return getattr(module, function)  # type: ignore[no-any-return]  # a module's attributes are untyped
    root = _materialise(sources, digest, home)
    _forget_other_versions(sources, root, entry)
    importlib.invalidate_caches()
    if not entry.endswith(".py"):
        module = importlib.import_module(entry)
        return getattr(module, function)  # type: ignore[no-any-return]  # a module's attributes are untyped
    name = f"agilab_stage_{digest[:12]}_{hashlib.blake2b(entry.encode(), digest_size=3).hexdigest()}"
    path = root / entry
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
    return getattr(module, function)  # type: ignore[no-any-return]  # a module's attributes are untyped


def _materialise(sources: Mapping[str, str], digest: str, home: Path | None) -> Path:
    if home is not None and all(_has_text(home / name, text) for name, text in sources.items()):
        return home
    root = Path(tempfile.mkdtemp(prefix=f"agilab-{digest[:8]}-"))
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


def _forget_other_versions(sources: Mapping[str, str], root: Path, entry: str) -> None:
    """Make ``sys.path`` and ``sys.modules`` show this version of the local modules, and no other."""
    for old in _roots:
        while old in sys.path:
            sys.path.remove(old)
    _roots.clear()
    sys.path.insert(0, str(root))
    _roots.append(str(root))
    if entry.endswith(".py"):
        # last, so that a stage named like a module of Python's library does not hide it
        beside = str((root / entry).parent)
        sys.path.append(beside)
        _roots.append(beside)
    tops = {name.partition("/")[0].removesuffix(".py") for name in sources}
    tops |= {Path(name).stem for name in sources if entry.endswith(".py")}
    for name in list(sys.modules):
        if name.partition(".")[0] not in tops or name == "__main__":
            continue
        origin = getattr(sys.modules[name], "__file__", None)
        # only what came from some copy of these files; an installed module of the same name stays
        if origin is None or any(origin.endswith(f"/{source}") for source in sources):
            del sys.modules[name]
