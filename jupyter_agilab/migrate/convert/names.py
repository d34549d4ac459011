"""Names in a piece of code: what it binds, what it reads, and new ones that nobody uses."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable, Iterator


def stored(nodes: Iterable[ast.AST]) -> set[str]:
    """Give the names that code binds in its own scope; a comprehension's variables are not among them."""
    return {name for node in nodes for name in _stored(node)}


def _stored(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                yield (alias.asname or alias.name).partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.Lambda():
            return
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            for inner in ast.walk(node):
                if isinstance(inner, ast.NamedExpr):
                    yield inner.target.id
            return
    for child in ast.iter_child_nodes(node):
        yield from _stored(child)


def read(node: ast.AST) -> set[str]:
    """Give the names that code reads from around it, the variables of its comprehensions left out."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    own: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.comprehension):
            own |= {n.id for n in ast.walk(inner.target) if isinstance(n, ast.Name)}
        elif isinstance(inner, ast.Lambda):
            arguments = inner.args
            own |= {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return names - own


def mentioned(node: ast.AST) -> set[str]:
    """Give all names in a piece of code, read or bound."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


class Fresh:
    """Gives names that are not taken."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)

    def name(self, wanted: str) -> str:
        """Give `wanted`, or the same with a number."""
        wanted = wanted if wanted.isidentifier() and not keyword.iskeyword(wanted) else "value"
        made, number = wanted, 1
        while made in self.taken:
            number += 1
            made = f"{wanted}_{number}"
        self.taken.add(made)
        return made
