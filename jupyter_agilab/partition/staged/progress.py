"""How far the staging of a table is: whoever shows it listens here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, float], None]
"""Called with the input and the part of it that was read, between 0 and 1; several times a second at most."""

_listener: ContextVar[Listener | None] = ContextVar("staging_listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Inside its ``with``, call `listener` while tables are staged."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(source: str, share: float) -> None:
    """Tell how far the reading of an input is."""
    listener = _listener.get()
    if listener is not None:
        listener(source, min(1.0, share))
