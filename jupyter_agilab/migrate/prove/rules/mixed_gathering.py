"""One name that gathers in several ways whose order matters."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, line_of

_TOGETHER = (frozenset({"add", "count"}), frozenset({"append", "extend"}), frozenset({"item", "column"}))


def mixed_gathering(facts: Facts) -> Iterator[Obstacle]:
    """Refuse, say, a list that is appended to and whose elements are also set."""
    for name, places in facts.gathered.items():
        ways = {place.how for place in places if place.how is not None}
        keyed = {bool(place.key) for place in places if place.how not in {"max", "min", "best"}}
        if (len(ways) == 1 and len(keyed) <= 1) or (
            any(ways <= together for together in _TOGETHER) and len(keyed) <= 1
        ):
            continue
        message = f"{name!r} gathers in several ways ({', '.join(sorted(ways))}): their order would be lost"
        yield Obstacle(
            code="migrate.mixed-gathering",
            reason="not-understood",
            message=message,
            names=(name,),
            line=line_of(places[-1].node),
        )
