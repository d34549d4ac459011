"""``if __name__ == "__main__"``: true in a notebook, false in the stage's module."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit


def main_guard(unit: Unit) -> Iterator[Finding]:
    """Refuse comparisons of ``__name__``."""
    for node in unit.nodes():
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides):
                yield unit.finding(
                    node,
                    "extract.main-guard",
                    '`__name__` is not "__main__" in the stage\'s module, so this would turn out differently',
                    hint="take the condition away",
                )
