"""Find the module that a contract names, its function and its local imports, without importing any.

Reading a module must never run it, so names are resolved as Python's path finder would, but on file names
only.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """A module as text.

    ``entry`` is what a worker imports: a path relative to ``root`` (``stages/clean.py``) for the path form,
    a dotted name otherwise. ``local`` is false for what is installed in site-packages or belongs to Python.
    """

    entry: str
    path: Path
    root: Path
    text: str
    local: bool


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """A function found in a module's text; ``line`` is 1-based."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    line: int


def locate_module(module: str, folder: Path) -> ModuleSource | None:
    """Find the module that the left part of a contract's ``function`` names.

    A path (it ends in ``.py`` or contains a slash) is relative to `folder`, the contract's; a dotted name
    is looked for in `folder` first and then along ``sys.path``. Returns None where there is no such file;
    built-in and compiled modules have no source and count as missing.

    Raises
    ------
    OSError, UnicodeDecodeError
        The file is there and cannot be read as UTF-8.
    """
    module = module.strip()
    if module.endswith(".py") or "/" in module:
        path = folder / module
        if not path.is_file():
            return None
        return ModuleSource(module, path, folder, path.read_text("utf-8"), local=True)
    for root in (folder, *_search_path()):
        found = _source_file(module, root)
        if found is not None:
            return ModuleSource(module, found, root, found.read_text("utf-8"), local=_is_local(root, folder))
    return None


def find_function(text: str, name: str) -> FunctionSource | None:
    """Find the top-level function `name` in a module's text; the last definition wins, as it does for Python.

    Raises
    ------
    SyntaxError
        The text is not Python.
    """
    found = None
    for node in _top_level(ast.parse(text).body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            found = FunctionSource(name, node, node.lineno)
    return found


def functions_in(text: str) -> list[str]:
    """Name the top-level functions of a module's text, for a near miss; empty where it does not parse."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return []
    return [n.name for n in _top_level(body) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def local_sources(module: ModuleSource, folder: Path) -> dict[str, str]:
    """Collect a module and, transitively, the local modules that it imports: relative path to text.

    Local is what lies under `folder`, under the module's own root, or beside a module given by path;
    packages bring their ``__init__.py``. What is installed is left to the worker's own installation.
    Imports inside functions count.
    """
    if not module.local:
        return {}
    roots = [module.root, folder]
    start = _relative(module.path, module.root)
    beside = module.path.parent if module.entry.endswith(".py") else None
    if beside is not None:
        roots.append(beside)
    sources: dict[str, str] = {}
    pending = [(start, module.path, module.text, "" if module.entry.endswith(".py") else module.entry)]
    pending += [
        (rel, path, path.read_text("utf-8"), name)
        for rel, path, name in _packages_of(module.entry, module.root)
    ]
    while pending:
        relative, path, text, dotted = pending.pop()
        if relative in sources:
            continue
        sources[relative] = text
        for name in _imported_names(text, dotted, is_package=path.name == "__init__.py"):
            for root in roots:
                if root == beside and name.partition(".")[0] in sys.stdlib_module_names:
                    continue
                found = _source_file(name, root)
                if found is None:
                    continue
                base = module.root if found.is_relative_to(module.root) else root
                for rel, init, package in _packages_of(name, root):
                    if rel not in sources:
                        pending.append((_relative(init, base), init, init.read_text("utf-8"), package))
                pending.append((_relative(found, base), found, found.read_text("utf-8"), name))
                break
    return dict(sorted(sources.items()))


def _top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements that run at import, also those under ``if`` and ``try``."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def _imported_names(text: str, dotted: str, *, is_package: bool) -> list[str]:
    """Give the dotted names that a module may import; ``from a import b`` gives both a and a.b."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    package = dotted.split(".") if is_package else dotted.split(".")[:-1]
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.name] = None
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            if stem:
                names[stem] = None
            for alias in node.names:
                if alias.name != "*":
                    names[f"{stem}.{alias.name}" if stem else alias.name] = None
    return list(names)


def _source_file(dotted: str, root: Path) -> Path | None:
    base = root.joinpath(*dotted.split("."))
    for candidate in (base / "__init__.py", base.with_name(base.name + ".py")):
        if candidate.is_file():
            return candidate
    return None


def _packages_of(entry: str, root: Path) -> list[tuple[str, Path, str]]:
    if entry.endswith(".py"):
        return []
    parts = entry.split(".")
    found = []
    for end in range(1, len(parts)):
        init = root.joinpath(*parts[:end], "__init__.py")
        if init.is_file():
            found.append((_relative(init, root), init, ".".join(parts[:end])))
    return found


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _search_path() -> list[Path]:
    return [Path(entry) for entry in sys.path if entry and Path(entry).is_dir()]


def _is_local(root: Path, folder: Path) -> bool:
    if root == folder:
        return True
    resolved = root.resolve()
    installed = {
        Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "platstdlib", "purelib", "platlib")
    }
    return resolved not in installed and not resolved.name.endswith("lib-dynload")
