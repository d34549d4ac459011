"""List, set and dict comprehensions, and generator expressions."""

from __future__ import annotations

import ast

from jupyter_agilab.extract.bindings import Comprehension
from jupyter_agilab.migrate.find.candidate import VALUE, Candidate, Context

_STOPS_EARLY = frozenset({"any", "all", "next"})
_PICKS = frozenset({"join"})


def comprehension(node: ast.AST, context: Context) -> Candidate | None:
    """Match a comprehension; the first ``for`` gives the items, the others are part of one item's work."""
    if not isinstance(node, Comprehension):
        return None
    obstacle = None
    holder = context.parents[-1] if context.parents else None
    if isinstance(node, ast.GeneratorExp):
        called = holder.func if isinstance(holder, ast.Call) else None
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        if name in _STOPS_EARLY:
            obstacle = ("migrate.early-exit", "early-exit", f"`{name}` stops at the first item that decides")
        elif not isinstance(holder, ast.Call):
            obstacle = (
                "migrate.lazy",
                "not-understood",
                "the generator computes its items one by one, when and if somebody asks for them",
            )
    first, *rest = node.generators
    if first.is_async:
        obstacle = (
            "migrate.asynchronous",
            "not-understood",
            "`async for` waits for items one after the other",
        )
    gives: ast.expr = (
        ast.Tuple([node.key, node.value], ast.Load()) if isinstance(node, ast.DictComp) else node.elt
    )
    if rest:
        gives = ast.ListComp(gives, rest)
    steps: list[ast.stmt] = [ast.Expr(condition) for condition in first.ifs]
    steps.append(ast.Assign([ast.Name(VALUE, ast.Store())], gives))
    for step in steps:
        for each in ast.walk(step):
            if isinstance(each, ast.expr | ast.stmt) and not hasattr(each, "lineno"):
                ast.copy_location(each, node)
    return Candidate(
        form=type(node).__name__,
        node=node,
        context=context,
        targets=(first.target,),
        iterable=first.iter,
        body=tuple(steps),
        gives_value=True,
        obstacle=obstacle,
    )
