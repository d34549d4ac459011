"""What conversion makes of a loop before any cell is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STEPS: Final = "<steps>"
"""Stands in `Step.around` for the iterator over pairs of item and value."""


class CannotConvertError(Exception):
    """A loop that was found convertible cannot be rewritten faithfully; the text is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One iteration as a stage, and what stays in the notebook.

    Attributes
    ----------
    target
        The loop's variables as typed.
    iterable
        What the loop goes over, as typed.
    body
        Statements of the stage, without indentation; may be empty.
    value
        Expression at the stage's end: what an iteration gives. Empty where it gives nothing.
    is_plain
        Whether JSON certainly gives the value back as it is.
    start, end
        Offsets in the cell's text of what is replaced: the loop, or an expression.
    received
        The name that stands for an iteration's value in the notebook.
    replay
        Statements that the notebook does for each iteration; for an expression it is empty.
    around
        For an expression: what takes its place, with `STEPS` in it.
    reads
        Names that the stage reads.
    iterables
        Where what the loop goes over stands in the cell's text; several of a ``map`` over several.
    """

    target: str
    iterable: str
    body: str
    value: str
    is_plain: bool
    start: int
    end: int
    received: str
    replay: tuple[str, ...] = ()
    around: str = ""
    reads: frozenset[str] = frozenset()
    iterables: tuple[tuple[int, int], ...] = ()
