"""The definitions of a module's text: what each binds, what it uses, and whether importing it has effects.

Read, never imported. Where the text does not tell, the careful answer is given: a statement that may have
effects has them, and a name that may be used is used.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jupyter_agilab.modules import LocalModule, import_base
from jupyter_agilab.run.reach.quietness import Quietness
from jupyter_agilab.run.reach.uses import Globals, Uses, uses_of

Kind = Literal["function", "class", "constant", "import", "statement"]

IMPLICIT = frozenset(
    (
        *dir(builtins),
        *("__file__", "__name__", "__package__", "__path__", "__annotations__", "__cached__", "__spec__"),
        *("__class__", "__classdict__", "__module__", "__qualname__", "__conditional_annotations__"),
    )
)
"""Names that every module has without binding them."""

_HEAD_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Target:
    """What a name bound by an import stands for: a module, or an attribute of one."""

    module: str
    attribute: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One statement of a module's top level, or one name of an import.

    Attributes
    ----------
    module
        The module's path.
    kind, name
        What it is called in messages.
    binds
        The names that it binds in the module.
    uses
        What it refers to, functions' bodies included.
    imports
        What each name stands for that an import in it binds, at any depth.
    stars
        The modules all of whose names it imports.
    loads, loads_later
        Dotted names of the modules that it imports when it is executed, and inside functions.
    has_effects
        Whether it may do more than bind its names.
    is_ordered
        Whether its place among the other statements may matter.
    digest, documented
        Digests of its syntax tree, without and with docstrings.
    """

    module: str
    kind: Kind
    name: str
    binds: frozenset[str] = frozenset()
    uses: Uses = field(default_factory=Uses)
    imports: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    stars: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    loads_later: tuple[str, ...] = ()
    has_effects: bool = True
    is_ordered: bool = True
    digest: str
    documented: str


def definitions_of(path: str, module: LocalModule, is_local: Callable[[str], bool]) -> list[Definition]:
    """Give a module's definitions in order; a text that is not Python is one definition with effects.

    `is_local` says whether a dotted name is one of the stage's own modules: those are looked into, all others
    but Python's own count as having effects when they are imported.
    """
    try:
        body = ast.parse(module.text).body
        scopes = Globals(module.text)
    except (SyntaxError, ValueError):
        digest = _digest(module.text)
        uses = Uses.everything()
        return [
            Definition(
                module=path, kind="statement", name="text", uses=uses, digest=digest, documented=digest
            )
        ]
    parts = [part for node in body if not _is_main_guard(node) for part in _parts(node)]
    imports = [_Imports(part, module.package) for part in parts]
    bound = [frozenset(_bound_names(part)) for part in parts]
    counts = Counter(name for names in bound for name in names)
    origins = {
        name: f"{target.module}.{target.attribute}".strip(".")
        for part, found in zip(parts, imports, strict=True)
        if isinstance(part, ast.Import | ast.ImportFrom)
        for name, targets in found.names.items()
        for target in targets
        if counts[name] == 1
    }
    quietness = Quietness(origins, frozenset(counts))
    has_stars = any(found.stars for found in imports)
    rebound = {name for name, count in counts.items() if count > 1} - _same_imports(bound, imports)

    def defined(part: ast.stmt, binds: frozenset[str], found: _Imports) -> Definition:
        is_foreign = any(
            _has_effects(name) and not (is_local(name) or is_local(name.rpartition(".")[0]))
            for name in found.loads
        )
        has_effects = is_foreign or bool(found.stars) or not quietness.is_quiet(part)
        uses, documented = uses_of(part, scopes), _digest(ast.dump(part))
        return Definition(
            module=path,
            kind=_kind(part),
            name=", ".join(sorted(binds)) or _head(part),
            binds=binds,
            uses=uses,
            imports={name: tuple(targets) for name, targets in found.names.items()},
            stars=tuple(found.stars),
            loads=tuple(found.loads),
            loads_later=tuple(found.loads_later),
            has_effects=has_effects,
            is_ordered=has_stars
            or not binds.isdisjoint(rebound)
            or (not isinstance(part, ast.Import | ast.ImportFrom) and has_effects)
            or quietness.reads_names(part),
            digest=_digest(ast.dump(_without_strings(part))),
            documented=documented,
        )

    return [
        defined(part, binds, found)
        for part, binds, found in zip(parts, bound, imports, strict=True)
        if not _is_docstring(part)
    ]


def _same_imports(bound: Sequence[frozenset[str]], imports: Sequence[_Imports]) -> set[str]:
    """Give the names that only imports of one and the same thing bind: ``pkg`` of ``import pkg.a, pkg.b``."""
    meant: dict[str, set[Target | None]] = {}
    for binds, found in zip(bound, imports, strict=True):
        for name in binds:
            meant.setdefault(name, set()).update(found.names.get(name, [None]))
    return {name for name, targets in meant.items() if len(targets) == 1 and None not in targets}


class _Imports:
    """The imports in a statement, at any depth."""

    def __init__(self, node: ast.stmt, package: tuple[str, ...]) -> None:
        self.names: dict[str, list[Target]] = {}
        self.stars: list[str] = []
        self.loads: list[str] = []
        self.loads_later: list[str] = []
        self._package = package
        self._walk(node, self.loads)

    def _walk(self, node: ast.AST, loads: list[str]) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                loads.append(alias.name)
                top = alias.name.partition(".")[0]
                self.names.setdefault(alias.asname or top, []).append(
                    Target(alias.name if alias.asname else top)
                )
        elif isinstance(node, ast.ImportFrom):
            stem = import_base(node, self._package)
            loads.append(stem)
            for alias in node.names:
                if alias.name == "*":
                    self.stars.append(stem)
                else:
                    loads.append(f"{stem}.{alias.name}".strip("."))
                    self.names.setdefault(alias.asname or alias.name, []).append(Target(stem, alias.name))
        else:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                self._walk(child, self.loads_later if is_function else loads)


def _has_effects(dotted: str) -> bool:
    """Say whether importing a module that is not the stage's own may change what others do."""
    top = dotted.partition(".")[0]
    return top not in sys.stdlib_module_names or top == "__future__"


def _parts(node: ast.stmt) -> Iterator[ast.stmt]:
    """Take an import of several names apart: each is used, or not, for itself."""
    if isinstance(node, ast.Import | ast.ImportFrom) and len(node.names) > 1:
        for alias in node.names:
            part = (
                ast.Import([alias])
                if isinstance(node, ast.Import)
                else ast.ImportFrom(node.module, [alias], node.level)
            )
            yield ast.copy_location(part, node)
    else:
        yield node


def _is_main_guard(node: ast.stmt) -> bool:
    """Recognise ``if __name__ == "__main__":``, which is never true where we import a module."""
    if not isinstance(node, ast.If) or node.orelse:
        return False
    return ast.unparse(node.test) in {"__name__ == '__main__'", "'__main__' == __name__"}


def _bound_names(node: ast.stmt) -> Iterator[str]:
    """Give the names that a statement binds in the module, those declared ``global`` inside it included."""
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield part.name
            for inner in ast.walk(part):
                if isinstance(inner, ast.Global):
                    yield from inner.names
            continue
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, ast.Import | ast.ImportFrom):
            for alias in part.names:
                name = alias.asname or alias.name.partition(".")[0]
                if name != "*":
                    yield name
        elif isinstance(part, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and part.name:
            yield part.name
        elif isinstance(part, ast.MatchMapping) and part.rest:
            yield part.rest
        elif isinstance(part, ast.Global):
            yield from part.names
        waiting += ast.iter_child_nodes(part)


def _kind(node: ast.stmt) -> Kind:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return "function"
        case ast.ClassDef():
            return "class"
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return "constant"
        case ast.Import() | ast.ImportFrom():
            return "import"
    return "statement"


def _head(node: ast.stmt) -> str:
    """Give the beginning of a statement, by which a reader knows it."""
    text = ast.unparse(node).partition("\n")[0]
    return text if len(text) <= _HEAD_CHARACTERS else f"{text[: _HEAD_CHARACTERS - 3]}..."


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _without_strings(node: ast.stmt) -> ast.stmt:
    """Take out docstrings and other strings that stand alone."""
    for part in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(part, name, None)
            if isinstance(statements, list) and any(map(_is_docstring, statements)):
                left = [each for each in statements if not _is_docstring(each)]
                setattr(part, name, left or ([ast.Pass()] if name == "body" else []))
    return node


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
