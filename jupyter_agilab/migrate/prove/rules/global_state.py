"""State of the process and of libraries: the working directory, the environment, settings."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def global_state(facts: Facts) -> Iterator[Obstacle]:
    """Refuse changes of what all code of a process shares."""
    for event in facts.record.of("global"):
        message = (
            f"`{event.detail}` changes {event.name or 'the process'} for everything that runs afterwards"
        )
        yield at_event(facts, event, "migrate.global-state", "shared-mutation", message)
