"""Files cut by rows: partitions with the same number of rows, counted exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jupyter_agilab.contract.model import Contract, Strategy
from jupyter_agilab.partition.allot import allot
from jupyter_agilab.partition.remarks import empty_files, shortfall_of, uncut_files
from jupyter_agilab.partition.slices import FileSlices, whole
from jupyter_agilab.partition.ways import Cut, refuse_too_many
from jupyter_agilab.partition.whole_files import FileSurvey


class RowChunks:
    """``row-chunks``."""

    strategy: Final[Strategy] = "row-chunks"
    over_partitions: Final = True
    meaning: Final = "tables are cut into ranges with the same number of rows"

    def survey(self, contract: Contract, folder: Path) -> RowChunksSurvey:
        """Find the files."""
        return RowChunksSurvey(contract, folder)


class RowChunksSurvey(FileSurvey):
    """Input files that will be cut by rows; each is read once to count them (a Parquet file tells)."""

    def cut(self, wanted: int) -> Cut:
        """Cut into `wanted` partitions, or into partitions of ``rows`` rows where the contract says so."""
        files = self.inputs.files
        cutters = [self.cutters.of(file) for file in files]
        reasons = {place: cutter for place, cutter in enumerate(cutters) if isinstance(cutter, str)}
        archives = self.archives()
        rows = [
            0 if isinstance(cutter, str) or place in archives else cutter.row_count()
            for place, cutter in enumerate(cutters)
        ]
        # of a file that cannot be cut nobody knows the rows
        uncounted = reasons.keys() | archives.keys()
        counted = [file.size if place in uncounted else rows[place] for place, file in enumerate(files)]
        others = wanted - sum(pieces.count for pieces in archives.values()) + len(archives)
        shares = self._shares(rows, max(others, len(files)))
        refuse_too_many(sum(shares), "partition.rows" if self.table.rows else "target_partitions")
        slices = FileSlices()
        for place, (file, cutter, count, share) in enumerate(zip(files, cutters, rows, shares, strict=True)):
            if place in archives:
                pieces = archives[place]
            elif isinstance(cutter, str) or share < 2:
                pieces = whole(file)
            elif self.table.rows:
                pieces = cutter.by_rows([*range(0, count, self.table.rows), count])
            else:
                pieces = cutter.by_rows([count * number // share for number in range(share + 1)])
            slices.add(file, self.cutters.format_of(file), pieces)
        short = [
            file.source
            for place, (file, count, share) in enumerate(zip(files, rows, shares, strict=True))
            if share >= count and place not in archives
        ]
        return Cut(
            partitions=slices,
            weights=slices.weights,
            shortfall="" if self.table.rows else shortfall_of(wanted, len(slices), len(reasons), short),
            findings=(*uncut_files(files, reasons), *empty_files(files, counted), *self.cutters.findings),
        )

    def _shares(self, rows: list[int], wanted: int) -> list[int]:
        if self.table.rows:
            return [max(1, -(-count // self.table.rows)) for count in rows]
        return allot(rows, wanted, rows)
