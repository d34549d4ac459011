"""``await`` at the top level: IPython runs it in its event loop, a partition function has none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit


def asynchronous(unit: Unit) -> Iterator[Finding]:
    """Refuse ``await``, ``async for`` and ``async with`` outside of functions."""
    for statement in unit.body:
        for node in outside_functions(statement):
            is_async = isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith)
            if is_async or (isinstance(node, ast.comprehension) and node.is_async):
                place = node.target if isinstance(node, ast.comprehension) else node
                yield unit.finding(
                    place,
                    "extract.await",
                    "`await` needs the notebook's event loop, which a partition function does not have",
                    hint="put it into a function `async def main(...)` and call `asyncio.run(main(...))`",
                )


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a node without entering functions."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from outside_functions(child)
