"""Open files, connections and generators from outside that the body uses."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.expressions import outer_kind
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event

_OF_THE_PROCESS = tuple(
    f"lib:{module}.{kind}"
    for module in ("threading", "multiprocessing", "queue", "asyncio")
    for kind in ("Lock", "RLock", "Event", "Semaphore", "Condition", "Queue", "SimpleQueue", "Barrier")
)


def captured_handle(facts: Facts) -> Iterator[Obstacle]:
    """Refuse captures that belong to the notebook's own process."""
    seen: set[str] = set()
    for event in facts.record.of("read"):
        if event.name in seen or event.is_stale:
            continue
        seen.add(event.name)
        kind = outer_kind(facts.walk, event.name).kind
        if facts.scene.imported(event.name) is None and (
            kind == "handle" or kind.startswith(_OF_THE_PROCESS)
        ):
            message = (
                f"{event.name!r} is an open file or connection: it cannot travel to a worker, "
                f"open it in the loop"
            )
            yield at_event(facts, event, "migrate.captured-handle", "unpicklable", message, event.name)
