"""A reason why a loop's iterations are not independent, or why it is not worth it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jupyter_agilab.migrate.finding import ReasonClass
from jupyter_agilab.migrate.prove.events import Event
from jupyter_agilab.migrate.prove.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One reason, with its place; ``cell`` where it is not the candidate's."""

    code: str
    reason: ReasonClass
    message: str
    names: tuple[str, ...] = ()
    line: int | None = None
    cell: int | None = None


Rule = Callable[[Facts], Iterable[Obstacle]]
"""Looks at the facts and gives every obstacle of its kind."""


def at_event(
    facts: Facts, event: Event, code: str, reason: ReasonClass, message: str, *names: str
) -> Obstacle:
    """Make an obstacle at the place of an event; in a function of the notebook, the message says so."""
    line = getattr(event.node, "lineno", None)
    if event.in_function is None:
        return Obstacle(code=code, reason=reason, message=message, names=names, line=line)
    cell, inner, shown = event.in_function
    own = facts.candidate.context.scene.cell
    where = f" (in `{shown}`, line {inner}" + (f" of cell {cell})" if cell != own else ")")
    return Obstacle(
        code=code,
        reason=reason,
        message=message + where,
        names=names,
        line=inner or line,
        cell=None if cell == own else cell,
    )


def line_of(node: ast.AST) -> int | None:
    """Give the line of a node, None for nodes without one."""
    return getattr(node, "lineno", None)
