"""Import statements: read from cells, found for objects, written sorted and grouped."""

from __future__ import annotations

import ast
import re
import sys
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_agilab.extract.bindings import bound_name
from jupyter_agilab.extract.kinds import ancestors, class_name, is_module, is_one_of, module_attribute

LINE_LENGTH = 88
NOTEBOOK_PACKAGES = frozenset({"IPython", "ipykernel", "ipywidgets"})
"""Packages that a partition function has no use for."""

_PRIVATE_ROOTS = frozenset({"__main__", "__mp_main__", "IPython", "ipykernel", "jupyter_agilab"})


@dataclass(frozen=True, slots=True)
class ImportLine:
    """``import module`` or ``from module import attribute``, with an alias; binds one name."""

    module: str
    attribute: str | None = None
    alias: str | None = None
    comment: str = ""

    @property
    def name(self) -> str:
        """The name that it binds."""
        return self.alias or self.attribute or self.module.partition(".")[0]

    @property
    def meaning(self) -> str:
        """The dotted path that the bound name stands for."""
        if self.attribute is not None:
            return f"{self.module}.{self.attribute}"
        return self.module if self.alias else self.module.partition(".")[0]

    def __str__(self) -> str:
        alias = f" as {self.alias}" if self.alias else ""
        if self.attribute is None:
            return f"import {self.module}{alias}"
        return f"from {self.module} import {self.attribute}{alias}"


def lines_of(node: ast.Import | ast.ImportFrom, comment: str = "") -> list[ImportLine]:
    """Give one line for each name that an import statement binds; a star gives attribute ``*``."""
    if isinstance(node, ast.Import):
        return [ImportLine(alias.name, None, alias.asname, comment) for alias in node.names]
    module = "." * node.level + (node.module or "")
    return [
        ImportLine(module, alias.name, alias.asname if alias.asname != alias.name else None, comment)
        for alias in node.names
    ]


_NOTEBOOK_FORMS = {"tqdm.notebook": "tqdm", "tqdm.autonotebook": "tqdm"}


def plain_form(line: ImportLine) -> ImportLine:
    """Give the import of the plain form of a module for notebooks: a progress bar, say."""
    return replace(line, module=_NOTEBOOK_FORMS.get(line.module, line.module))


def line_binding(node: ast.stmt, name: str, comment: str = "") -> ImportLine | None:
    """Give the part of an import statement that binds `name`."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias, line in zip(node.names, lines_of(node, comment), strict=True):
            if bound_name(alias) == name:
                return line
    return None


def import_for(name: str, value: object) -> ImportLine | None:
    """Find the import that gives `value` under `name`: the shortest public path that shows it.

    Only the dictionaries of modules that are loaded already are looked at, and objects are compared by
    identity.
    """
    if is_module(value):
        dotted = object.__getattribute__(value, "__dict__").get("__name__")
        if type(dotted) is not str or dotted.partition(".")[0] in _PRIVATE_ROOTS:
            return None
        parent, _, last = dotted.rpartition(".")
        if not parent:
            return ImportLine(dotted, None, None if dotted == name else name)
        if last == name:
            return ImportLine(parent, last)
        return ImportLine(dotted, None, name)
    found = _declared_path(value)
    if found is None:
        found = _shown_as(name, value)
    if found is None:
        return None
    module, attribute = found
    return ImportLine(module, attribute, None if attribute == name else name)


def _declared_path(value: object) -> tuple[str, str] | None:
    """Follow ``__module__`` and ``__qualname__`` of functions and classes, and look for a shorter path."""
    line = list(ancestors(value))
    if ("builtins", "type") in line:
        module, qualified = class_name(value)  # type: ignore[arg-type]  # its type is a kind of type
    elif is_one_of(value, (types.FunctionType, types.BuiltinFunctionType)):
        module, qualified = value.__module__, value.__qualname__  # type: ignore[attr-defined]  # checked by type
    else:
        return None
    if type(module) is not str or type(qualified) is not str or "." in qualified or "<" in qualified:
        return None
    if module in {"posixpath", "ntpath"}:
        return "os.path", qualified
    if module.partition(".")[0] in _PRIVATE_ROOTS:
        return None
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        path = ".".join(parts[:end])
        loaded = sys.modules.get(path)
        if any(part.startswith("_") for part in parts[:end]) and end < len(parts):
            continue
        if is_module(loaded) and module_attribute(loaded, qualified) is value:  # type: ignore[arg-type]  # is_module
            return path, qualified
    if parts[-1].startswith("_") or parts[0].startswith("_"):
        return _shown_as(qualified, value)
    return None


def _shown_as(name: str, value: object) -> tuple[str, str] | None:
    """Find the shortest public module that shows `value` as `name`."""
    best: str | None = None
    for path, module in list(sys.modules.items()):
        private = any(part.startswith("_") for part in path.split("."))
        if private or path.partition(".")[0] in _PRIVATE_ROOTS or not is_module(module):
            continue
        if module_attribute(module, name) is value and (
            best is None or (path.count("."), len(path), path) < (best.count("."), len(best), best)
        ):
            best = path
    return None if best is None else (best, name)


class ImportTable:
    """The imports of the module being written."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str | None, str | None], ImportLine] = {}
        self.taken: set[str] = set()
        """Names that mean something else in the module, so that no new import may bind them."""

    def add(self, line: ImportLine) -> None:
        """Add one line; a second one for the same name and meaning changes nothing."""
        key = line.module, line.attribute, line.alias
        if key not in self._lines or line.comment:
            self._lines[key] = line

    def __iter__(self) -> Iterator[ImportLine]:
        return iter(self._lines.values())

    def meanings(self) -> dict[str, str]:
        """Give the dotted path that each bound name stands for."""
        return {line.name: line.meaning for line in self if line.attribute != "*"}

    def reference(self, module: str, attribute: str, prefer: str | None = None) -> str:
        """Give an expression for ``module.attribute``, by an import that is there or one that is added.

        `prefer` is the usual alias of the module (``pd``); without it, ``from module import attribute`` is
        preferred.
        """
        names = self.meanings()
        for name, meaning in names.items():
            if meaning == f"{module}.{attribute}":
                return name
        for name, meaning in names.items():
            if meaning == module:
                return f"{name}.{attribute}"
        free = self.taken | names.keys()
        if prefer is None and attribute not in free:
            self.add(ImportLine(module, attribute))
            return attribute
        alias = next(a for a in (prefer, module, f"{module.replace('.', '_')}_") if a and a not in free)
        self.add(ImportLine(module, None, None if alias == module else alias))
        return f"{alias}.{attribute}"

    def render(self, folder: Path | None = None) -> list[str]:
        """Give the groups as text: future, standard library, installed, local (found in `folder`)."""
        groups: dict[int, list[ImportLine]] = {}
        for line in self:
            groups.setdefault(_group(line.module, folder), []).append(line)
        return ["\n".join(_rendered(groups[number])) for number in sorted(groups)]


def _group(module: str, folder: Path | None) -> int:
    root = module.partition(".")[0]
    if root == "__future__":
        return 0
    if root in sys.stdlib_module_names:
        return 1
    return 3 if folder is not None and is_local(root, folder) else 2


def is_local(root: str, folder: Path) -> bool:
    """Tell whether a module of that name lies beside the notebook."""
    return (folder / f"{root}.py").is_file() or (folder / root / "__init__.py").is_file()


def _rendered(lines: Iterable[ImportLine]) -> list[str]:
    """Sort as isort does: ``import`` before ``from``, members together, aliased members on their own."""
    lines = list(lines)
    straight = sorted(
        (line for line in lines if line.attribute is None), key=lambda line: (_key(line.module), str(line))
    )
    text = [_commented(str(line), line.comment) for line in straight]
    modules = {line.module for line in lines if line.attribute is not None}
    for module in sorted(modules, key=_key):
        members = [line for line in lines if line.module == module and line.attribute is not None]
        plain = sorted({line.attribute or "" for line in members if line.alias is None}, key=_member_key)
        comments = list(
            dict.fromkeys(line.comment for line in members if line.comment and line.alias is None)
        )
        statements = [
            (_member_key(line.attribute or ""), _commented(str(line), line.comment))
            for line in members
            if line.alias
        ]
        if plain:
            statements.append((_member_key(plain[0]), _from(module, plain, "  ".join(comments))))
        text += [statement for _, statement in sorted(statements)]
    return text


def _from(module: str, members: list[str], comment: str) -> str:
    line = f"from {module} import {', '.join(members)}"
    if len(_commented(line, comment)) <= LINE_LENGTH:
        return _commented(line, comment)
    head = _commented(f"from {module} import (", comment)
    return "\n".join([head, *(f"    {member}," for member in members), ")"])


def _commented(line: str, comment: str) -> str:
    return f"{line}  {comment}" if comment else line


def _key(module: str) -> list[tuple[int, int, str]]:
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", module.lower())
        if part
    ]


def _member_key(name: str) -> tuple[int, list[tuple[int, int, str]], str]:
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, _key(name), name
