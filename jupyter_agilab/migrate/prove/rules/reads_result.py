"""A result that is gathered and also read: an iteration sees what earlier ones put in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_agilab.migrate.prove.events import Event
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.keys import is_own_entry
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def reads_result(facts: Facts) -> Iterator[Obstacle]:
    """Refuse reads of a gathering name, unless each iteration reads the entry of its own key only."""
    gathered = facts.gathered
    bound = {event.name: event for event in facts.record.of("bind")}
    for name, places in gathered.items():
        reads = [event for event in facts.record.of("read") if event.name == name]
        if name in bound:
            message = f"{name!r} is gathered over the iterations and also set anew inside one"
            yield at_event(facts, bound[name], "migrate.reset-result", "carried-dependency", message, name)
        if reads and name not in facts.iterable_names and not is_own_entry(facts, name, places):
            if _is_prepared(facts, places, reads):
                message = f"the loop changes {name!r}, which all iterations share, and then uses it"
                yield at_event(facts, places[0], "migrate.changes-shared", "shared-mutation", message, name)
                continue
            message = (
                f"{name!r} gathers results and is read in the loop: what an iteration does depends on "
                "what earlier ones put in"
            )
            yield at_event(facts, reads[0], "migrate.reads-result", "carried-dependency", message, name)
        if name in facts.iterable_names and not is_own_entry(facts, name, places):
            message = f"the loop goes over {name!r} and changes it on the way"
            yield at_event(facts, places[-1], "migrate.changes-iterable", "shared-mutation", message, name)


def _is_prepared(facts: Facts, places: list[Event], reads: list[Event]) -> bool:
    """Tell whether entries are set first and the whole object is used afterwards: settings, a buffer."""
    if any(place.how not in {"item", "column"} for place in places):
        return False
    first = getattr(places[0].node, "lineno", 0)
    if any(getattr(read.node, "lineno", 0) <= first for read in reads):
        return False
    parts = {
        id(node.value)
        for statement in facts.candidate.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Subscript)
    }
    return any(id(read.node) not in parts for read in reads)
