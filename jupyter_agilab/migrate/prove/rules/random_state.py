"""Random numbers from a generator that all iterations share and that the notebook seeds."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event

_TOLD = {
    "numpy": "numpy's global generator",
    "random": "Python's global generator",
    "torch": "torch's global generator",
    "tensorflow": "TensorFlow's global generator",
}


def random_state(facts: Facts) -> Iterator[Obstacle]:
    """Refuse draws from a seeded global generator: split, the iterations would get other numbers.

    Where nothing seeds the generator the numbers are other ones in every run anyway.
    """
    for event in facts.record.of("draw"):
        seeded_at = facts.seeded.get(
            event.name, facts.seeded.get("all") if event.name != "tensorflow" else None
        )
        if seeded_at is None:
            continue
        what = _TOLD.get(event.name, event.name)
        message = (
            f"`{event.detail}` draws from {what}, which cell {seeded_at} seeds: each iteration's "
            f"numbers depend on "
            "how many were drawn before it"
        )
        yield at_event(facts, event, "migrate.seeded-generator", "carried-dependency", message, event.name)
