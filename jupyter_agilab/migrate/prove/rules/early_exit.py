"""``break`` and ``return``: whether an item is looked at depends on the items before it."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def early_exit(facts: Facts) -> Iterator[Obstacle]:
    """Refuse loops that may end before their last item."""
    for event in facts.record.of("exit"):
        message = (
            f"`{event.name}` ends the loop early: whether an item is looked at depends on those before it"
        )
        yield at_event(facts, event, "migrate.early-exit", "early-exit", message)
    for event in facts.record.of("yield"):
        message = "the loop hands out its results one by one (`yield`), when and if somebody asks for them"
        yield at_event(facts, event, "migrate.yields", "not-understood", message)
