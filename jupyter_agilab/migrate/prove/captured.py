"""The names from outside that one iteration reads, as `LoopCapture` entries."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.finding import LoopCapture
from jupyter_agilab.migrate.prove.expressions import outer_kind
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.scene import BUILTINS


def captures_of(facts: Facts) -> tuple[LoopCapture, ...]:
    """Give the captures in the order in which the body reads them; what it gathers is left out."""
    gathered = set(facts.gathered)
    seen: dict[str, LoopCapture] = {}
    for event in facts.record.of("read"):
        name = event.name
        if name in gathered or name in seen or event.is_stale or event.in_function:
            continue
        found = _capture(facts, name)
        if found is not None:
            seen[name] = found
    return tuple(seen.values())


def _capture(facts: Facts, name: str) -> LoopCapture | None:
    scene = facts.scene
    if scene.imported(name) is not None:
        return LoopCapture(name=name, kind="import")
    definition = scene.definition(name)
    if definition is not None:
        return LoopCapture(
            name=name, kind="class" if isinstance(definition.node, ast.ClassDef) else "function"
        )
    if scene.is_parameter(name):
        return LoopCapture(name=name, kind="parameter")
    binding = scene.binding(name)
    if binding is None:
        return (
            None
            if name in BUILTINS and not scene.is_known(name)
            else LoopCapture(name=name, kind="unresolved")
        )
    known = outer_kind(facts.walk, name).kind
    if known == "handle":
        return LoopCapture(name=name, kind="handle")
    several = scene.bindings(name)
    if (
        len(several) == 1
        and binding.role == "assigned"
        and binding.value is not None
        and _is_literal(binding.value)
    ):
        return LoopCapture(name=name, kind="constant")
    return LoopCapture(name=name, kind="data")


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
