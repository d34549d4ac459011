"""Row ranges of Parquet files."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from jupyter_agilab.partition.slices import Pieces, whole
from jupyter_agilab.partition.source import InputFile, unreadable

# below this, reading a row group twice costs less than uneven partitions
_LARGE_GROUP_ROWS = 50_000


class ParquetCutter:
    """Cuts one Parquet file at row numbers; only its footer is read, when it is needed.

    All methods raise `PlanError` where the file is not Parquet or cannot be read.
    """

    def __init__(self, file: InputFile, folder: Path) -> None:
        self._file = file
        self._folder = folder

    @cached_property
    def _group_ends(self) -> list[int]:
        """The number of rows up to the end of each row group."""
        import pyarrow
        import pyarrow.parquet

        try:
            with pyarrow.parquet.ParquetFile(self._folder / self._file.source) as parquet:
                groups = range(parquet.metadata.num_row_groups)
                return list(accumulate(parquet.metadata.row_group(number).num_rows for number in groups))
        except (OSError, pyarrow.ArrowException) as error:
            raise unreadable(self._file.source, error) from error

    def row_count(self) -> int:
        """Give the number of rows."""
        return self._group_ends[-1] if self._group_ends else 0

    def by_size(self, wanted: int) -> Pieces:
        """Cut into at most `wanted` pieces of near equal length, at edges of large row groups where near."""
        rows = self.row_count()
        wanted = min(wanted, rows)
        bounds = [rows * number // max(wanted, 1) for number in range(wanted + 1)]
        return self._pieces(sorted({self._near_edge(bound, rows / max(wanted, 1)) for bound in bounds}))

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Cut exactly at `bounds`, which begin with 0 and end with the number of rows."""
        return self._pieces(bounds)

    def _near_edge(self, bound: int, step: float) -> int:
        place = bisect_left(self._group_ends, bound)
        if place == len(self._group_ends):
            return bound
        upper = self._group_ends[place]
        lower = self._group_ends[place - 1] if place else 0
        edge = upper if upper - bound <= bound - lower else lower
        is_near = abs(edge - bound) <= step / 4 and upper - lower >= _LARGE_GROUP_ROWS
        return edge if is_near else bound

    def _pieces(self, bounds: list[int]) -> Pieces:
        return Pieces("rows", bounds) if len(bounds) > 2 else whole(self._file)
