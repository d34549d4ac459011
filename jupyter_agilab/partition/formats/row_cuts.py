"""Cutting tables at row numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_agilab.partition.slices import Pieces


class RowCutter:
    """Cuts a table of which the number of rows is known.

    Parameters
    ----------
    rows
        How many there are.
    part
        What of the file they are rows of, where that is not all: ``of`` in a partition's detail.
    ends
        The number of rows up to the end of each group that is cheapest to read whole; cuts by size go to such
        ends where they are near.
    large_rows
        Groups with fewer rows do not count: reading one twice costs less than uneven partitions.
    """

    def __init__(
        self,
        rows: int,
        part: Mapping[str, Any] | None = None,
        ends: Sequence[int] = (),
        large_rows: int = 50_000,
    ) -> None:
        self._rows = rows
        self._part = part
        self._ends = ends
        self._large_rows = large_rows

    def row_count(self) -> int:
        """Give the number of rows."""
        return self._rows

    def by_size(self, wanted: int) -> Pieces:
        """Cut into at most `wanted` pieces of near equal length, at ends of groups where near."""
        wanted = max(1, min(wanted, self._rows))
        bounds = [self._rows * number // wanted for number in range(wanted + 1)]
        return self._pieces(sorted({self._near_end(bound, self._rows / wanted) for bound in bounds}))

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Cut exactly at `bounds`, which begin with 0 and end with the number of rows."""
        return self._pieces(bounds)

    def _near_end(self, bound: int, step: float) -> int:
        place = bisect_left(self._ends, bound)
        if place == len(self._ends):
            return bound
        upper = self._ends[place]
        lower = self._ends[place - 1] if place else 0
        end = upper if upper - bound <= bound - lower else lower
        is_near = abs(end - bound) <= step / 4 and upper - lower >= self._large_rows
        return end if is_near else bound

    def _pieces(self, bounds: list[int]) -> Pieces:
        details = [{"of": dict(self._part)}] * (len(bounds) - 1) if self._part else None
        return Pieces("rows", bounds, details=details)
