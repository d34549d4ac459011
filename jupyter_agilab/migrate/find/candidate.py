"""A place in a notebook that does the same for each of several items."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from jupyter_agilab.migrate.prove.scene import Scene

VALUE = "_value_of_one_item"
"""Name that stands for what an expression form gives for one item, in the walk of its body."""
ITEM_NAME = "_one_item"
"""Name that stands for the item where the form has no variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where a node stands: its scene, the function round it, and the statements that may run afterwards.

    ``loops`` are the loops round it; ``parents`` the expressions that hold it, the nearest last; ``entered``
    the context managers of ``with`` statements round it.
    """

    scene: Scene
    in_function: str = ""
    after: tuple[ast.stmt, ...] = ()
    loops: tuple[ast.AST, ...] = ()
    parents: tuple[ast.AST, ...] = ()
    statement: ast.stmt | None = None
    entered: tuple[ast.expr, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One candidate, in a form that all rules understand: targets, an iterable and a body for one item.

    Attributes
    ----------
    node
        The loop or the expression.
    gives_value
        The form gives a value per item (under the name `VALUE` in the body) and gathers them itself.
    is_parallel
        The author already runs it in parallel: each step is worth handing out.
    flavour
        ``chunks`` of a table file, ``papermill``: what a plain loop does.
    item_kind
        Kind of the item where the form tells it (``frame`` of a group).
    obstacle
        Why it can never be converted, whatever its body does: rule, reason, message.
    """

    form: str
    node: ast.stmt | ast.expr
    context: Context
    targets: tuple[ast.expr, ...] = ()
    iterable: ast.expr | None = None
    body: tuple[ast.stmt, ...] = ()
    function: ast.expr | None = None
    gives_value: bool = False
    is_parallel: bool = False
    flavour: str = ""
    item_kind: str = ""
    obstacle: tuple[str, str, str] | None = None
    others: tuple[ast.expr, ...] = field(default=())

    @property
    def line(self) -> int:
        """First line, from 1."""
        return self.node.lineno

    @property
    def end_line(self) -> int:
        """Last line."""
        return self.node.end_lineno or self.node.lineno


def calling(
    function: ast.expr, place: ast.expr, *, count: int = 1, starred: bool = False
) -> tuple[tuple[ast.expr, ...], tuple[ast.stmt, ...]]:
    """Give targets and a body that call `function` with one item, or with `count` zipped ones."""
    names = [f"{ITEM_NAME}{number or ''}" for number in range(count)]
    args: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
    if starred:
        args = [ast.Starred(args[0], ast.Load())]
    body = ast.Assign([ast.Name(VALUE, ast.Store())], ast.Call(function, args, []))
    stored: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
    target: ast.expr = stored[0] if count == 1 else ast.Tuple(stored, ast.Store())
    placed = (target, body)
    for root in placed:
        for each in ast.walk(root):
            if isinstance(each, ast.expr | ast.stmt) and not hasattr(each, "lineno"):
                ast.copy_location(each, place)
    return (target,), (body,)
