"""Which names a piece of code reads from outside, by Python's scoping rules and the order of its statements.

A cell's top-level names will be local to the stage's function. So a name is read from outside if no
statement before the read binds it (certain), or if only some paths to the read bind it (not certain).
Scoping: https://docs.python.org/3/reference/executionmodel.html#resolution-of-names
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_agilab.extract.bindings import bindings, dotted
from jupyter_agilab.extract.walker import Read, Top, Walker


@dataclass(frozen=True, slots=True)
class Scope:
    """What a sequence of statements binds and reads.

    Attributes
    ----------
    reads
        Names read from outside, in the order of reading.
    bound
        Names that the statements bind at their top level, with how many times.
    outside
        ``id`` of each `ast.Name` that may mean something outside: reads, and targets of ``del`` and ``+=``.
    chains
        Name to the dotted attribute paths that follow it anywhere (``{"scipy": {"optimize.minimize"}}``).
    stars
        The modules of ``from module import *``.
    """

    reads: dict[str, Read]
    bound: dict[str, int]
    outside: frozenset[int]
    chains: dict[str, frozenset[str]]
    stars: tuple[str, ...]


def analyse(statements: Sequence[ast.stmt]) -> Scope:
    """Find what `statements`, run one after the other at the top level, bind and read from outside."""
    top = Top(anywhere={name for statement in statements for name in bindings(statement)})
    walker = Walker(top)
    walker.block(statements)
    chains: dict[str, set[str]] = {}
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and (path := dotted(node)) is not None:
                root, _, rest = path.partition(".")
                chains.setdefault(root, set()).add(rest)
    return Scope(
        reads=dict(sorted(walker.reads.items(), key=lambda item: (item[1].line, item[1].offset))),
        bound=top.bound,
        outside=frozenset(walker.outside),
        chains={root: frozenset(paths) for root, paths in chains.items()},
        stars=tuple(walker.stars),
    )
