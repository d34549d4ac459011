"""Sets of plan indexes as short text: ``0-99,105``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def ranges_text(indexes: Iterable[int]) -> str:
    """Write ascending indexes as ranges."""
    parts: list[str] = []
    first = last = None
    for index in indexes:
        if first is None or last is None:
            first = last = index
        elif index == last + 1:
            last = index
        else:
            parts.append(_part(first, last))
            first = last = index
    if first is not None and last is not None:
        parts.append(_part(first, last))
    return ",".join(parts)


def indexes_in(text: str) -> Iterator[int]:
    """Read them back, in the order in which they stand there.

    Raises
    ------
    ValueError
        It is not such a text.
    """
    for part in filter(None, text.split(",")):
        first, is_range, last = part.partition("-")
        yield from range(int(first), int(last if is_range else first) + 1)


def _part(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
