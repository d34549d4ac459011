"""Steps so small that handing them out would take longer than doing them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.items import count_items
from jupyter_agilab.migrate.prove.obstacle import Obstacle

_FEW = 5
_SEVERAL = 3


def too_small(facts: Facts) -> Iterator[Obstacle]:
    """Refuse where nothing that the body calls can take long."""
    if len(facts.record.light) >= _SEVERAL:
        return
    if facts.record.dear and not _prints_few(facts):
        return
    if "chunksize" in _source(facts):
        # the table is read on the way
        return
    function = facts.candidate.function
    if facts.candidate.is_parallel and isinstance(function, ast.Name) and facts.scene.definition(function.id):
        # the author found it worth running in parallel
        return
    message = "each step is a matter of microseconds: handing it to a worker would take longer than doing it"
    yield Obstacle(
        code="migrate.too-small", reason="too-small-to-matter", message=message, line=facts.candidate.line
    )


def _prints_few(facts: Facts) -> bool:
    """Tell whether the loop only prints something of a few files."""
    if facts.record.of("reduce", "write") or facts.candidate.gives_value or facts.read_later:
        return False
    if any(not name.startswith((".read", "open")) for name in facts.record.dear):
        return False
    count = count_items(facts.scene, facts.candidate.iterable)
    return count is not None and count <= _FEW


def _source(facts: Facts) -> str:
    """Give the text of the iterable, of its assignment where it is a name."""
    node = facts.candidate.iterable
    if isinstance(node, ast.Name):
        binding = facts.scene.binding(node.id)
        node = binding.value if binding is not None else None
    return ast.unparse(node) if node is not None else ""
