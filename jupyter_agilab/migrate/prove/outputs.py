"""What of a loop outlives an iteration, as `LoopOutput` entries."""

from __future__ import annotations

import ast

from jupyter_agilab.migrate.find.candidate import VALUE
from jupyter_agilab.migrate.finding import How, LoopOutput
from jupyter_agilab.migrate.prove.events import Event
from jupyter_agilab.migrate.prove.facts import Facts

_LONGEST_START = 200


def outputs_of(facts: Facts) -> tuple[LoopOutput, ...]:
    """Give the outputs, in the order in which the body makes them."""
    found: dict[tuple[str, How, str], LoopOutput] = {}
    for event in facts.record.events:
        if event.kind == "reduce" and event.how is not None:
            how = _flag(facts, event) or event.how
            found.setdefault(
                (event.name, how, event.key),
                LoopOutput(
                    name=event.name,
                    how=how,
                    key=event.key,
                    value=event.value,
                    score=event.score,
                    start=_start(facts, event.name),
                    line=getattr(event.node, "lineno", 0),
                    is_read_later=event.name in facts.read_later,
                ),
            )
        elif event.kind == "write" and event.detail in {"write", "append", "delete"} and event.varies:
            found.setdefault(
                (event.name, "file", ""),
                LoopOutput(
                    name=event.name, how="file", value=event.name, line=getattr(event.node, "lineno", 0)
                ),
            )
        elif event.kind == "print":
            found.setdefault(
                ("", "print", ""),
                LoopOutput(name="", how="print", line=getattr(event.node, "lineno", 0), is_read_later=False),
            )
    if facts.candidate.gives_value:
        found[(VALUE, "value", "")] = _value(facts)
    gathered = set(facts.gathered)
    for event in facts.record.of("bind"):
        name = event.name
        if name in facts.read_later and name not in gathered and name != VALUE:
            how = _flag(facts, event) or "last"
            found[(name, "last", "")] = LoopOutput(
                name=name,
                how=how,
                value=name,
                start=_start(facts, name),
                line=getattr(event.node, "lineno", facts.candidate.line),
            )
    return tuple(sorted(found.values(), key=lambda each: each.line))


def _value(facts: Facts) -> LoopOutput:
    statement = facts.candidate.context.statement
    name = ""
    if (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
    ):
        name = statement.targets[0].id
    last = facts.candidate.body[-1]
    text = ast.unparse(last.value) if isinstance(last, ast.Assign) else ""
    return LoopOutput(name=name, how="value", value=text, line=facts.candidate.line)


def _flag(facts: Facts, event: Event) -> How | None:
    """Tell a flag, ``found = True`` under a condition, from another name that keeps its last value."""
    if event.kind != "bind" or event.is_sure:
        return None
    for statement in facts.candidate.body:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Assign) or all(target is not event.node for target in node.targets):
                continue
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, bool):
                start = _start(facts, event.name)
                if start == "False" and node.value.value and _binds_once(facts, event.name):
                    return "any"
                if start == "True" and not node.value.value and _binds_once(facts, event.name):
                    return "all"
    return None


def _binds_once(facts: Facts, name: str) -> bool:
    values = {
        node.value.value
        for statement in facts.candidate.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    }
    return len(values) == 1 and sum(event.name == name for event in facts.record.of("bind")) == len(
        [
            node
            for statement in facts.candidate.body
            for node in ast.walk(statement)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]
    )


def _start(facts: Facts, name: str) -> str:
    binding = facts.scene.binding(name)
    if binding is None or binding.value is None or binding.role != "assigned":
        return ""
    if (binding.cell, binding.line) > (facts.scene.cell, facts.scene.line):
        return ""
    text = ast.unparse(binding.value)
    return text if len(text) <= _LONGEST_START else ""
