"""``globals()``, ``eval`` and the like: names that reading the cell cannot see."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.extract.unit import Unit

_HIDING = {
    "globals": "the notebook's variables",
    "locals": "the notebook's variables",
    "eval": "code in a string",
    "exec": "code in a string",
}


def hidden_names(unit: Unit) -> Iterator[Finding]:
    """Refuse calls through which a cell reaches names that cannot be seen in its text."""
    for call, path in unit.calls():
        alone = path in {"vars", "dir"} and not call.args
        if not isinstance(call.func, ast.Name) or (path not in _HIDING and not alone):
            continue
        if path in unit.scope.bound or (path in unit.captured and unit.captured[path] != "refused"):
            continue
        what = _HIDING.get(path, "the notebook's variables")
        yield unit.finding(
            call,
            "extract.hidden-names",
            f"`{path}()` works on {what}, and the stage's module cannot know which names that needs",
            hint="write the names out",
        )
