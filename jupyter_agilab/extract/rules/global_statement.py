"""``global``: partitions share no variables, so what one writes no other sees."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit


def global_statement(unit: Unit) -> Iterator[Finding]:
    """Refuse ``global`` anywhere, and ``nonlocal`` where there is no function around."""
    for node in unit.nodes():
        if isinstance(node, ast.Global):
            names = ", ".join(node.names)
            yield unit.finding(
                node,
                "extract.global",
                f"`global {names}`: partitions share no variables",
                hint="return the value instead; pass in what the function needs",
                key=node.names[0],
            )
