"""Find the module that a contract names, its function and its local imports, without importing any.

Reading a module must never run it, so names are resolved as Python's path finder would, but on file names
only.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class LocalModule:
    """One of a stage's own modules; ``package`` is what its relative imports start from."""

    text: str
    package: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalModules:
    """A module and all local ones that it may import.

    Attributes
    ----------
    modules
        By path, relative to the folder that will be on Python's path; sorted.
    names
        The path of each dotted name by which one of them imports another.
    entry
        The path of the module that the others are for.
    """

    modules: Mapping[str, LocalModule]
    names: Mapping[str, str]
    entry: str

    def below(self, dotted: str) -> list[str]:
        """Give the paths of the modules inside a package."""
        return [path for name, path in self.names.items() if name.startswith(f"{dotted}.")]


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
    """Give the text of a module and of all local ones that it may import, by path; see `local_modules`."""
    if not module.local:
        return {}
    return {path: found.text for path, found in local_modules(module, folder).modules.items()}


def local_modules(module: ModuleSource, folder: Path) -> LocalModules:
    """Collect a module and, transitively, the local modules that it imports.

    Local is what lies under `folder`, under the module's own root, or beside a module given by path;
    packages bring their ``__init__.py``. What is installed is left to the worker's own installation.
    Imports inside functions count, and ``import_module("name")``; for ``import_module(f"plugins.{name}")``
    all modules of that package do.
    """
    start = _relative(module.path, module.root)
    by_path = module.entry.endswith(".py")
    entry_name = "" if by_path else module.entry
    if not module.local:
        return LocalModules({start: _local(module.text, entry_name, module.path)}, {entry_name: start}, start)
    roots = [module.root, folder]
    beside = module.path.parent if by_path else None
    if beside is not None:
        roots.append(beside)
    modules: dict[str, LocalModule] = {}
    names: dict[str, str] = {} if by_path else {entry_name: start}
    pending = [(start, module.path, module.text, entry_name)]
    pending += [
        (rel, path, path.read_text("utf-8"), name)
        for rel, path, name in _packages_of(module.entry, module.root)
    ]
    while pending:
        relative, path, text, dotted = pending.pop()
        if dotted:
            names.setdefault(dotted, relative)
        if relative in modules:
            continue
        modules[relative] = _local(text, dotted, path)
        for name in _imported_names(modules[relative], roots):
            for root in roots:
                if root == beside and name.partition(".")[0] in sys.stdlib_module_names:
                    continue
                found = _source_file(name, root)
                if found is None:
                    continue
                base = module.root if found.is_relative_to(module.root) else root
                pending += [
                    (_relative(init, base), init, init.read_text("utf-8"), package)
                    for _, init, package in _packages_of(name, root)
                ]
                pending.append((_relative(found, base), found, found.read_text("utf-8"), name))
                break
    return LocalModules(dict(sorted(modules.items())), names, start)


def import_base(node: ast.ImportFrom, package: Sequence[str]) -> str:
    """Give the dotted name after ``from``, made absolute; empty for ``from . import x`` without a package."""
    base = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join([*base, *([node.module] if node.module else [])])


def _local(text: str, dotted: str, path: Path) -> LocalModule:
    parts = tuple(dotted.split(".")) if dotted else ()
    return LocalModule(text, parts if path.name == "__init__.py" else parts[:-1])


def _top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements that run at import, also those under ``if`` and ``try``."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def _imported_names(module: LocalModule, roots: Sequence[Path]) -> list[str]:
    """Give the dotted names that a module may import; ``from a import b`` gives both a and a.b."""
    try:
        tree = ast.parse(module.text)
    except SyntaxError:
        return []
    names: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.name] = None
        elif isinstance(node, ast.ImportFrom):
            stem = import_base(node, module.package)
            if stem:
                names[stem] = None
            for alias in node.names:
                if alias.name != "*":
                    names[f"{stem}.{alias.name}" if stem else alias.name] = None
        elif isinstance(node, ast.Call) and node.args and _called(node) in {"import_module", "__import__"}:
            names |= dict.fromkeys(_named_by(node.args[0], module.package, roots))
    return list(names)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _named_by(argument: ast.expr, package: Sequence[str], roots: Sequence[Path]) -> Iterator[str]:
    """Give what ``import_module`` may import: the name, or all of a package where only its start is known."""
    first = argument.values[0] if isinstance(argument, ast.JoinedStr) and argument.values else argument
    if isinstance(argument, ast.BinOp):
        first = argument.left
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return
    name = first.value
    if name.startswith("."):
        level = len(name) - len(name.lstrip("."))
        name = ".".join([*package[: len(package) - level + 1], name.lstrip(".")])
    if first is argument:
        yield name
        return
    stem = name.rpartition(".")[0]
    for folder in (root.joinpath(*stem.split(".")) for root in roots if stem):
        for path in sorted(folder.glob("*.py")):
            yield stem if path.name == "__init__.py" else f"{stem}.{path.stem}"


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
