"""``yield`` at the top level: the function would become a generator."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.rules.asynchronous import outside_functions
from jupyter_agilab.extract.unit import Unit


def yields(unit: Unit) -> Iterator[Finding]:
    """Refuse ``yield`` outside of functions."""
    for statement in unit.body:
        for node in outside_functions(statement):
            if isinstance(node, ast.Yield | ast.YieldFrom):
                yield unit.finding(
                    node,
                    "extract.yield",
                    "`yield` outside of a function has no meaning in a cell",
                    hint="collect the values in a list and end the cell with it",
                )
