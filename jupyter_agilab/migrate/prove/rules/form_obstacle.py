"""What a form of loop forbids by itself: ``while``, ``async for``, a generator that stops early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from jupyter_agilab.migrate.finding import ReasonClass
from jupyter_agilab.migrate.prove.facts import Facts
from jupyter_agilab.migrate.prove.obstacle import Obstacle


def form_obstacle(facts: Facts) -> Iterator[Obstacle]:
    """Give the obstacle that the form found."""
    found = facts.candidate.obstacle
    if found is not None:
        code, reason, message = found
        yield Obstacle(
            code=code, reason=cast(ReasonClass, reason), message=message, line=facts.candidate.line
        )
