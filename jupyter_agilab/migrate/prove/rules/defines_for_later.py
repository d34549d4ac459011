"""Functions, classes and imports that the loop makes and later code uses."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle


def defines_for_later(facts: Facts) -> Iterator[Obstacle]:
    """Refuse where the loop defines what a stage cannot hand back."""
    for name in sorted(facts.read_later & set(facts.walk.env)):
        kind = facts.walk.env[name].kind
        if name in facts.gathered or not (kind in {"function", "class"} or kind.startswith("module:")):
            continue
        what = "imports" if kind.startswith("module:") else "defines"
        message = f"the loop {what} {name!r}, which is used after it: move that out of the loop"
        yield Obstacle(
            code="migrate.defines-for-later",
            reason="not-understood",
            message=message,
            names=(name,),
            line=facts.candidate.line,
        )
