"""Magics and shell lines inside the loop: a stage's function is plain Python."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle, at_event


def ipython_in_body(facts: Facts) -> Iterator[Obstacle]:
    """Refuse IPython syntax between the first and the last line of the loop."""
    for line, text in facts.syntax_lines:
        yield Obstacle(
            code="migrate.ipython-in-body",
            reason="ipython-in-body",
            message=f"`{text.strip()[:60]}` is for a notebook only: a function outside of it cannot run it",
            line=line,
        )
    for event in facts.record.of("syntax"):
        message = (
            f"`{event.name.strip()[:60]}` is for a notebook only: a function outside of it cannot run it"
        )
        yield at_event(facts, event, "migrate.ipython-in-body", "ipython-in-body", message)
