"""``input()`` and the like: a person answers one question after the other."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def asks_person(facts: Facts) -> Iterator[Obstacle]:
    """Refuse loops that wait for a person."""
    for event in facts.record.of("ask"):
        message = f"`{event.detail}(...)` waits for a person, and workers have nobody to ask"
        yield at_event(facts, event, "migrate.asks-person", "interactive", message)
