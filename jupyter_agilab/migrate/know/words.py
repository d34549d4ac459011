"""Names in a table, written as running text."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Give the words of a text, in order."""
    return tuple(text.split())
