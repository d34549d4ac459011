"""A name that one iteration leaves for the next: ``x = f(x)``, ``if start is None: start = item``."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def carried_name(facts: Facts) -> Iterator[Obstacle]:
    """Refuse reads of a name that the body binds, but not surely before the read in the same iteration."""
    gathered = facts.gathered
    for event in facts.record.of("read"):
        if not event.is_stale or event.name in gathered:
            continue
        if event.detail == "hidden":
            message = (
                f"a function that the loop calls reads {event.name!r} from the notebook, and the loop sets "
                f"it: "
                "in a stage that function would not see the new value"
            )
            yield at_event(facts, event, "migrate.hidden-read", "carried-dependency", message, event.name)
            continue
        message = (
            f"an iteration may read the value of {event.name!r} that an earlier one left: "
            "they have to run one after the other"
        )
        yield at_event(facts, event, "migrate.carried-name", "carried-dependency", message, event.name)
