"""``df.head()`` as the last line: a look in the notebook, but all that the stage would return."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit


def first_rows(unit: Unit) -> Iterator[Finding]:
    """Warn where only the first or last rows are returned."""
    match unit.body[-1] if unit.is_cell and unit.body else None:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="head" | "tail" as method),
                args=[],
                keywords=[],
            )
        ):
            yield unit.finding(
                unit.body[-1],
                "extract.first-rows",
                f"the stage returns only a few rows, `{name}.{method}()`",
                hint=f"for all rows: --returns {name}",
                severity="warning",
                key=name,
            )
        case _:
            return
