"""Small changes after which a loop can be converted, shown as a diff of its cell."""

from __future__ import annotations

import ast
import difflib

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle
from jupyter_agilab.migrate.prove.program import CodeCell


def suggested_change(facts: Facts, found: list[Obstacle], cell: CodeCell) -> str:
    """Give a unified diff after which nothing is in the way; empty where no small change is known.

    Known so far: a counter kept by hand becomes `enumerate`; an `else` of the loop becomes what follows it.
    """
    return _counter(facts, found, cell) or _otherwise(facts, found, cell)


def replaced_counter(facts: Facts, change: str) -> str:
    """Give the counter that a change replaced by `enumerate`; empty for other changes."""
    if "enumerate(" not in change:
        return ""
    names = [name for name, steps in facts.gathered.items() if len(steps) == 1 and steps[0].value == "1"]
    return next((name for name in names if f"for {name}, " in change), "")


def _otherwise(facts: Facts, found: list[Obstacle], cell: CodeCell) -> str:
    """Turn ``for ...: ... else: ...`` into a loop and what follows; right where nothing breaks off."""
    node = facts.candidate.node
    if not isinstance(node, ast.For) or {each.code for each in found} != {"migrate.else-of-loop"}:
        return ""
    lines = list(cell.lines)
    first, last = node.orelse[0].lineno, node.orelse[-1].end_lineno or 0
    start = node.body[-1].end_lineno or 0
    head = next((i for i in range(start, first) if lines[i].strip().startswith("else")), None)
    if head is None or lines[head].strip() != "else:":
        return ""
    less = node.orelse[0].col_offset - node.col_offset
    moved = [line[less:] if line[:less].isspace() else line for line in lines[head + 1 : last]]
    changed = lines[:head] + moved + lines[last:]
    return _as_diff(lines, changed, cell)


def _as_diff(lines: list[str], changed: list[str], cell: CodeCell) -> str:
    name = f"cell {cell.index}"
    return "\n".join(difflib.unified_diff(lines, changed, name, name, lineterm="")) + "\n"


def _counter(facts: Facts, found: list[Obstacle], cell: CodeCell) -> str:
    """Turn ``i = 0; for x in xs: ...; i += 1`` into ``for i, x in enumerate(xs): ...``."""
    node = facts.candidate.node
    main = [each for each in found if each.code != "migrate.same-file"]
    names = {name for each in main for name in each.names}
    if not isinstance(node, ast.For) or len(names) != 1 or facts.syntax_lines:
        return ""
    if any(each.code not in {"migrate.reads-result", "migrate.too-small"} for each in main):
        return ""
    name = names.pop()
    if any(name not in each.names for each in found if each.code == "migrate.same-file"):
        return ""
    steps = facts.gathered.get(name, [])
    if (
        len(steps) != 1
        or steps[0].value != "1"
        or steps[0].how not in {"count", "add"}
        or not steps[0].is_sure
    ):
        return ""
    step = steps[0].node
    if step not in node.body or name in facts.read_later or any(e.code == "migrate.too-small" for e in found):
        return ""
    binding = facts.scene.binding(name)
    if (
        binding is None
        or not isinstance(binding.value, ast.Constant)
        or not isinstance(binding.value.value, int)
    ):
        return ""
    if binding.role != "assigned" or binding.cell != cell.index or binding.line >= node.lineno:
        return ""
    if facts.candidate.context.loops:
        return ""
    return _diff(facts, node, step, name, binding.value.value, cell)


def _diff(facts: Facts, node: ast.For, step: ast.AST, name: str, start: int, cell: CodeCell) -> str:
    place = node.body.index(step) if isinstance(step, ast.stmt) else 0
    if any(_reads(later, name) for later in node.body[place + 1 :]):
        # after the step the counter is one ahead
        return ""
    lines = list(cell.lines)
    header = lines[node.lineno - 1]
    if node.lineno != node.iter.end_lineno or node.target.end_lineno != node.lineno:
        return ""
    target = header.encode()[node.target.col_offset : node.target.end_col_offset].decode()
    iterable = header.encode()[node.iter.col_offset : node.iter.end_col_offset].decode()
    shown = f"({target})" if isinstance(node.target, ast.Tuple) and not target.startswith("(") else target
    counted = f"enumerate({iterable}{f', start={start}' if start else ''})"
    raw = header.encode()
    new = (
        raw[: node.target.col_offset]
        + f"{name}, {shown}".encode()
        + raw[node.target.end_col_offset or 0 : node.iter.col_offset]
        + counted.encode()
        + raw[node.iter.end_col_offset or 0 :]
    ).decode()
    first, last = getattr(step, "lineno", 0), getattr(step, "end_lineno", 0)
    others = [s for s in node.body if s is not step and first <= s.lineno <= last]
    if others or len(node.body) < 2:
        return ""
    changed = [*lines[: node.lineno - 1], new, *lines[node.lineno : first - 1], *lines[last:]]
    return _as_diff(lines, changed, cell)


def _reads(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))
