"""Files that several iterations write."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def same_file(facts: Facts) -> Iterator[Obstacle]:
    """Refuse one file for all iterations, and reading what another iteration may write."""
    writes = [event for event in facts.record.of("write") if event.detail != "unknown"]
    for event in writes:
        names = tuple(sorted(_names(event.name)))
        if event.varies:
            if event.in_function is None and _collides(facts, event.name):
                message = f"several iterations may write the same file (`{event.name[:60]}`)"
                yield at_event(facts, event, "migrate.same-file", "order-dependent-io", message, *names)
            continue
        does = {"append": "adds to", "delete": "deletes"}.get(event.detail, "writes")
        message = (
            f"every iteration {does} the same file (`{event.name[:60]}`): what is in it "
            f"depends on their order"
        )
        yield at_event(facts, event, "migrate.same-file", "order-dependent-io", message, *names)
    written = {event.name: _skeleton(event.name) for event in writes if event.varies}
    for event in facts.record.of("read-file"):
        skeleton = _skeleton(event.name)
        others = [
            name
            for name, form in written.items()
            if form == skeleton and name != event.name and len(form) > 3
        ]
        if others and event.name not in written:
            message = (
                f"an iteration reads `{event.name[:50]}`, which another one may write (`{others[0][:50]}`)"
            )
            yield at_event(facts, event, "migrate.reads-written-file", "order-dependent-io", message)


def _skeleton(text: str) -> str:
    """Give the constant parts of a path's expression."""
    return re.sub(r"\{[^}]*\}|str\([^)]*\)", "*", text)


def _names(text: str) -> set[str]:
    try:
        return {each.id for each in ast.walk(ast.parse(text, mode="eval")) if isinstance(each, ast.Name)}
    except SyntaxError:
        return set()


def _collides(facts: Facts, text: str) -> bool:
    """Tell whether all that differs in a path is a remainder or a quotient of something: `f"{i % 2}.csv"`."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False
    inside: set[int] = set()
    for each in ast.walk(node):
        if (
            isinstance(each, ast.BinOp)
            and isinstance(each.op, ast.Mod | ast.FloorDiv)
            and not _is_text(each.left)
        ):
            inside |= {id(name) for name in ast.walk(each)}
    varying = [
        each
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and each.id in facts.walk.env and facts.walk.env[each.id].varies
    ]
    return bool(varying) and all(id(each) in inside for each in varying)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
