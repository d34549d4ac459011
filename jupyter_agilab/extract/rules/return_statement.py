"""``return`` at the top level: IPython refuses it, so the cell never ran as it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.rules.asynchronous import outside_functions
from jupyter_agilab.extract.unit import Unit


def return_statement(unit: Unit) -> Iterator[Finding]:
    """Refuse ``return`` outside of functions."""
    for statement in unit.body:
        for node in outside_functions(statement):
            if isinstance(node, ast.Return):
                yield unit.finding(
                    node,
                    "extract.return",
                    "`return` outside of a function: the cell does not run in the notebook either",
                    hint="end the cell with the value, without `return`; or make the cell one function",
                )
