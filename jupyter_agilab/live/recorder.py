"""What a program called and mapped, where somebody records it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

_recording: ContextVar[list[Recorded] | None] = ContextVar("recording", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One call or map.

    Attributes
    ----------
    task
        The `Task`, with what it comes after.
    calls
        Arguments of each call, positional and by keyword; jobs stand in them as they were given.
    items
        Of a map: its items as they were given. None for a single call.
    made
        The `Job` or `ArrayJob` that came of it.
    source
        Of a map: what was iterated over.
    window
        Its ``max_concurrent``.
    fetched
        Results that were asked for, lists and dictionaries only, each with the job or array that it is of.
    """

    task: Any
    calls: tuple[tuple[tuple[Any, ...], Mapping[str, Any]], ...]
    items: tuple[Any, ...] | None
    made: Any
    source: Any = None
    window: int | None = None
    fetched: list[tuple[Any, Any]] = field(default_factory=list)


class _Recorder:
    """Takes down what tasks do; nothing where nobody records."""

    def add_call(self, task: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], made: Any) -> None:
        record = _recording.get()
        if record is not None:
            record.append(Recorded(task=task, calls=((args, dict(kwargs)),), items=None, made=made))

    def add_map(self, record: Recorded) -> None:
        records = _recording.get()
        if records is not None:
            records.append(record)

    def add_fetched(self, value: Any, of: Any) -> None:
        """Note that a result was asked for, so that what is made of it can be followed."""
        records = _recording.get()
        # a number or a text may be the same object elsewhere by chance
        if records and isinstance(value, (list, dict)):
            records[-1].fetched.append((value, of))


recorder = _Recorder()


@contextmanager
def recording() -> Iterator[list[Recorded]]:
    """Record what is called and mapped in a block; gives the list that it is put into."""
    record: list[Recorded] = []
    token = _recording.set(record)
    try:
        yield record
    finally:
        _recording.reset(token)
