"""`display(...)` in a partition function: there is no notebook to show things in."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import FunctionType

from jupyter_agilab.cells import PythonSource
from jupyter_agilab.extract.bindings import bindings
from jupyter_agilab.extract.history import History
from jupyter_agilab.extract.parsing import parse
from jupyter_agilab.extract.unit import Unit


def is_display(node: ast.AST) -> bool:
    """Tell whether a statement is a call of ``display``."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "display"
    )


def is_ipythons(body: Sequence[ast.stmt], history: History, namespace: Mapping[str, object] | None) -> bool:
    """Tell whether ``display`` means IPython's function, not one of the user's."""
    imports = [s for s in body if isinstance(s, ast.ImportFrom) and (s.module or "").startswith("IPython")]
    if any("display" in set(bindings(statement)) for statement in body if statement not in imports):
        return False
    binding = history.last("display")
    if binding is not None and binding.kind != "import":
        return False
    value = (namespace or {}).get("display")
    return value is None or (type(value) is FunctionType and value.__module__.startswith("IPython"))


def with_prints(
    source: PythonSource, body: Sequence[ast.stmt]
) -> tuple[PythonSource, list[ast.stmt], list[ast.Expr]]:
    """Make ``display(x)`` inside blocks and functions a ``print(x)``, which goes to the partition's log.

    Returns the source and the statements so changed, and the calls that were replaced. Calls at the top
    level are left alone: they are the cell's result, or are left out.
    """
    calls = [
        node
        for statement in body
        for node in ast.walk(statement)
        if node is not statement
        and is_display(node)
        and isinstance(node, ast.Expr)
        and not _has_keywords(node)
    ]
    if not calls:
        return source, list(body), []
    lines = source.text.split("\n")
    shifts = dict(source.shifts)
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line = lines[call.lineno - 1].encode()
        end = call.col_offset + len(b"display")
        lines[call.lineno - 1] = (line[: call.col_offset] + b"print" + line[end:]).decode()
        shifts[call.lineno] = shifts.get(call.lineno, 0) + len("display") - len("print")
    changed = PythonSource("\n".join(lines), source.translations, shifts, source.cell_magic)
    return changed, parse(changed.text).body, calls


def shows_figure(unit: Unit, node: ast.stmt) -> bool:
    """Tell whether a statement is ``plt.show()``, which shows nothing where there is no screen."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    return unit.meaning(node.value.func) in {"matplotlib.pyplot.show", "pylab.show"}


def _has_keywords(node: ast.Expr) -> bool:
    return isinstance(node.value, ast.Call) and bool(node.value.keywords)
