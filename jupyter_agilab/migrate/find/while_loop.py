"""``while`` loops: they are found to be told about; what they do next depends on what they did."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.find.candidate import Candidate, Context


def while_loop(node: ast.AST, context: Context) -> Candidate | None:
    """Match ``while``."""
    if not isinstance(node, ast.While):
        return None
    shown = ast.unparse(node.test)
    message = (
        f"each round decides whether there is a next one (`while {shown[:60]}`): they run one after the other"
    )
    return Candidate(
        form="while",
        node=node,
        context=context,
        body=tuple(node.body),
        obstacle=("migrate.while", "carried-dependency", message),
    )
