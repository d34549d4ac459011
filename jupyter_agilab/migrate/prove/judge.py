"""Picks, of all obstacles, the one that decides."""

from __future__ import annotations

from jupyter_agilab.migrate.finding import ReasonClass
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle
from jupyter_agilab.migrate.prove.rules import RULES

_ORDER: dict[ReasonClass, int] = {
    "ipython-in-body": 0,
    "interactive": 1,
    "carried-dependency": 2,
    "shared-plot": 3,
    "shared-mutation": 3,
    "order-dependent-io": 4,
    "early-exit": 5,
    "unpicklable": 6,
    "unknown-iterable": 7,
    "not-understood": 8,
    "too-small-to-matter": 9,
}


def obstacles(facts: Facts) -> list[Obstacle]:
    """Give every obstacle, the one that decides first: by kind, then by line."""
    found: dict[tuple[str, tuple[str, ...], int | None], Obstacle] = {}
    for rule in RULES:
        for obstacle in rule(facts):
            found.setdefault((obstacle.code, obstacle.names, obstacle.line), obstacle)
    return sorted(found.values(), key=lambda each: (_ORDER[each.reason], each.line or 0))
