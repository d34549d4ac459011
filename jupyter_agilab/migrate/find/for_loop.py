"""``for`` loops, over whatever."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.find.candidate import Candidate, Context


def for_loop(node: ast.AST, context: Context) -> Candidate | None:
    """Match ``for``; chunks of a table file and notebooks run by papermill are told by name."""
    if not isinstance(node, ast.For | ast.AsyncFor):
        return None
    obstacle = None
    if isinstance(node, ast.AsyncFor):
        obstacle = (
            "migrate.asynchronous",
            "not-understood",
            "`async for` waits for items one after the other, a stage's items are known before it starts",
        )
    elif node.orelse:
        obstacle = (
            "migrate.else-of-loop",
            "not-understood",
            "the loop has an `else`, which has no place in a stage",
        )
    return Candidate(
        form="for",
        flavour=_flavour(node),
        node=node,
        context=context,
        targets=(node.target,),
        iterable=node.iter,
        body=tuple(node.body),
        obstacle=obstacle,
    )


def _flavour(node: ast.For | ast.AsyncFor) -> str:
    if any(
        isinstance(each, ast.keyword) and each.arg in {"chunksize", "iterator"}
        for each in ast.walk(node.iter)
    ):
        return "chunks"
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute | ast.Name):
            name = each.attr if isinstance(each, ast.Attribute) else each.id
            if name == "execute_notebook":
                return "papermill"
    return ""
