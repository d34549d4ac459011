"""A cell that takes the place of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCell:
    """A code cell to write.

    ``keeps``: it goes on as the cell that it takes the place of, with that one's id and metadata. Outputs and
    execution count are never kept: they belong to the text that was there.
    """

    source: str
    keeps: bool = False


Changes = Mapping[int, Sequence[NewCell]]
"""Index of a cell, over all cells from 0, to the cells that take its place, in order."""


def new_id(old: str, place: int, taken: set[str]) -> str:
    """Give an id for a new cell: the same for the same notebook, and nobody else's."""
    for attempt in range(1000):
        made = sha256(f"{old}/{place}/{attempt}".encode()).hexdigest()[:8]
        if made not in taken:
            taken.add(made)
            return made
    raise AssertionError("a thousand ids were taken")
