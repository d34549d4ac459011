"""What an iteration does to the world outside it, one event each."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

from jupyter_agilab.migrate.finding import How

EventKind = Literal[
    "read",
    "bind",
    "reduce",
    "entry",
    "mutate",
    "plot",
    "figure",
    "show",
    "draw",
    "seed",
    "print",
    "write",
    "read-file",
    "global",
    "ask",
    "exit",
    "yield",
    "await",
    "syntax",
    "calls",
]
"""``read``: a name from outside, or one that an earlier iteration may have bound. ``bind``: a name of the
iteration. ``reduce``: a known way of gathering. ``entry``: an empty start under a new key of it.
``mutate``: a change of an outer object that is neither. ``calls``: an argument of a function is called.
``syntax``: IPython's.
"""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that the body does.

    Attributes
    ----------
    kind, name, node
        See `EventKind`; the name from outside or, for others, what it is about; where.
    is_stale
        Of a ``read``: the body binds the name too, but not surely before.
    how, key, value, score
        Of a ``reduce``: as in `jupyter_agilab.migrate.finding.LoopOutput`.
    is_sure
        It happens in every iteration, once.
    in_function
        Definition's cell and line where it happens in a function of the notebook that the body calls.
    detail
        Words for the message: the method, the generator, the path.
    depth
        0: the object itself is changed; 1: something in it.
    """

    kind: EventKind
    name: str
    node: ast.AST
    is_stale: bool = False
    how: How | None = None
    key: str = ""
    value: str = ""
    score: str = ""
    is_sure: bool = True
    in_function: tuple[int, int, str] | None = None
    detail: str = ""
    depth: int = 0
    kinds: str = ""
    varies: bool = False
    in_inner_loop: bool = False


@dataclass
class Record:
    """All that was seen of one body: events in the order of the code, assumptions, and costs.

    ``dear``: calls that can take long; ``light``: calls that take a little on a whole table or array.
    """

    events: list[Event] = field(default_factory=list)
    assumptions: dict[str, str] = field(default_factory=dict)
    dear: list[str] = field(default_factory=list)
    light: list[str] = field(default_factory=list)
    value_kinds: dict[str, list[str]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Note an event."""
        self.events.append(event)

    def assume(self, about: str, sentence: str) -> None:
        """Note what is taken for granted of `about`."""
        self.assumptions.setdefault(about, sentence)

    def of(self, *kinds: EventKind) -> list[Event]:
        """Give the events of these kinds, in order."""
        return [event for event in self.events if event.kind in kinds]
