"""What an event is declared with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventField:
    """One field. ``always``: a reader can rely on it; ``values``: the only ones, where there are few."""

    name: str
    type: str
    text: str
    always: bool = True
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event."""

    name: str
    text: str
    fields: tuple[EventField, ...]
