"""How the notebook uses its names in calls, looked up once for all candidates."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from jupyter_agilab.migrate.prove.program import Program

_JOINING = ("concat", "from_delayed")


@dataclass
class Uses:
    """What is appended to names, and which names are joined to one table.

    ``appended``: the first value appended to a name. ``joined``: the last cell that concatenates a name.
    """

    appended: dict[str, ast.expr] = field(default_factory=dict)
    joined: dict[str, int] = field(default_factory=dict)


def uses_of(program: Program) -> Uses:
    """Walk all cells once; `Program.uses` keeps the answer."""
    if isinstance(program.uses, Uses):
        return program.uses
    found = Uses()
    for cell in program.cells:
        for node in ast.walk(cell.tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            func = node.func
            name = (
                func.attr
                if isinstance(func, ast.Attribute)
                else func.id
                if isinstance(func, ast.Name)
                else ""
            )
            if name == "append" and isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
                found.appended.setdefault(func.value.id, node.args[0])
            elif name.endswith(_JOINING):
                for each in ast.walk(node.args[0]):
                    if isinstance(each, ast.Name):
                        found.joined[each.id] = cell.index
    program.uses = found
    return found
