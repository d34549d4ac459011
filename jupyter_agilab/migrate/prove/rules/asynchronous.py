"""``await`` inside a loop: it belongs to the notebook's event loop."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def asynchronous(facts: Facts) -> Iterator[Obstacle]:
    """Refuse asynchronous code: a stage's function is called plainly."""
    for event in facts.record.of("await"):
        message = (
            f"`{event.name}` needs the notebook's event loop, and a stage's function is called without one"
        )
        yield at_event(facts, event, "migrate.asynchronous", "not-understood", message)
        return
