"""A result that is read under another name: ``best = results`` before the loop, both used inside."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.aliases import conflicts
from jupyter_agilab.migrate.prove.events import Event
from jupyter_agilab.migrate.prove.expressions import outer_kind
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def aliased_result(facts: Facts) -> Iterator[Obstacle]:
    """Refuse where a gathering name and another name that the body reads may be the same object."""
    gathered = facts.gathered
    reads = {event.name: event for event in reversed(facts.record.of("read"))}
    for name, places in gathered.items():
        if all(
            place.how in {"count", "text", "any", "all", "max", "min", "best", "concat"} for place in places
        ):
            continue
        deep = any(place.key and place.how not in {"item", "column"} for place in places)
        others = conflicts(facts.scene, name, deep=deep)
        before = conflicts(facts.scene, name, deep=deep, only_before=True)
        later = facts.ask_later(before) if _is_seen_elsewhere(facts, name, places) else frozenset()
        for other in sorted(others):
            if other in reads and other not in gathered:
                message = f"{other!r}, which the loop reads, may be the same data as {name!r}, which it fills"
                yield at_event(facts, reads[other], "migrate.alias", "shared-mutation", message, other, name)
            elif other in facts.iterable_names:
                message = (
                    f"the loop goes over {other!r}, which may be the same data as {name!r}, which it fills"
                )
                yield at_event(facts, places[0], "migrate.alias", "shared-mutation", message, other, name)
            elif other in later and other not in gathered:
                message = (
                    f"{other!r}, which is used after the loop, may be the same data as {name!r}, "
                    f"which it fills"
                )
                yield at_event(facts, places[0], "migrate.alias", "shared-mutation", message, other, name)
            elif other in gathered:
                message = f"{other!r} and {name!r} may be the same object, and the loop fills both"
                yield at_event(facts, places[0], "migrate.alias", "shared-mutation", message, other, name)


def _is_seen_elsewhere(facts: Facts, name: str, places: list[Event]) -> bool:
    """Tell whether filling `name` changes an object that other names may stand for; new columns do not."""
    return outer_kind(facts.walk, name).kind != "frame" and any(
        place.how in {"append", "extend", "set", "update", "item", "add"} for place in places
    )
