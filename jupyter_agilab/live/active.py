"""Which places are active: those of ``with`` blocks, and those that were started for good."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

blocks: ContextVar[tuple[Any, ...]] = ContextVar("places", default=())
"""The places of the ``with`` blocks around this code, the innermost last."""

for_good: list[Any] = []
"""Those that are active until they are closed, the last one started last."""


def make_active(place: Any) -> None:
    """Make a place active for all code of this process that is in no block, until it is closed."""
    if place not in for_good:
        for_good.append(place)


def make_inactive(place: Any) -> None:
    """Take back what `make_active` did."""
    if place in for_good:
        for_good.remove(place)
