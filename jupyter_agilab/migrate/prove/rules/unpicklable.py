"""Results that cannot travel from one process to another."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, line_of

_STUCK = {
    "handle": "open files and connections",
    "iterator": "generators",
    "axes": "axes of a figure",
    "figure": "figures",
    "rng": "generators of random numbers",
    "function": "functions made in the loop",
}
_PROPERTIES = frozenset({"SetProp", "SetDoubleProp", "SetIntProp", "SetBoolProp"})


def unpicklable(facts: Facts) -> Iterator[Obstacle]:
    """Refuse results of kinds that belong to the process that made them."""
    for name, places in facts.gathered.items():
        for event in places:
            what = _STUCK.get(event.kinds)
            if event.kinds == "function" and facts.scene.is_known(event.value):
                continue
            if what is not None and event.how in {"append", "item", "set", "best"}:
                message = f"{name!r} gathers {what}, which cannot leave the process that made them"
                yield Obstacle(
                    code="migrate.unpicklable",
                    reason="unpicklable",
                    message=message,
                    names=(name,),
                    line=line_of(event.node),
                )
            yield from _loses_properties(facts, event.value, name)
    what = _STUCK.get(facts.value_kind) if facts.candidate.gives_value else None
    if what is not None and not (facts.value_kind == "iterator" and facts.candidate.form != "ListComp"):
        message = f"each item gives {what}, which cannot leave the process that made them"
        yield Obstacle(
            code="migrate.unpicklable", reason="unpicklable", message=message, line=facts.candidate.line
        )
    for name in sorted(facts.read_later & set(facts.walk.env)):
        what = _STUCK.get(facts.walk.env[name].kind)
        if what is not None and name not in facts.gathered and name not in facts.variables:
            message = f"{name!r} is used after the loop and is one of {what}, which cannot leave its process"
            yield Obstacle(
                code="migrate.unpicklable",
                reason="unpicklable",
                message=message,
                names=(name,),
                line=facts.candidate.line,
            )


def _loses_properties(facts: Facts, text: str, name: str) -> Iterator[Obstacle]:
    """RDKit molecules keep the properties that are set on them in their own process only, by default."""
    for statement in facts.candidate.body:
        for node in ast.walk(statement):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _PROPERTIES
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == text
            ):
                message = (
                    f"the molecules gathered in {name!r} lose the properties set on them when they are copied"
                )
                yield Obstacle(
                    code="migrate.loses-properties",
                    reason="unpicklable",
                    message=message,
                    names=(name,),
                    line=node.lineno,
                )
                return
