"""Files cut by size: large ones first, into byte ranges that end where records end."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jupyter_agilab.contract.model import Contract, Strategy
from jupyter_agilab.partition.allot import allot
from jupyter_agilab.partition.remarks import empty_files, shortfall_of, uncut_files
from jupyter_agilab.partition.slices import FileSlices, Pieces, whole
from jupyter_agilab.partition.source import InputFile
from jupyter_agilab.partition.ways import Cut, refuse_too_many
from jupyter_agilab.partition.whole_files import FileSurvey

# partitions that some files could not give are offered to the others, so often at most
_ROUNDS = 4


class FileChunks:
    """``file-chunks``."""

    strategy: Final[Strategy] = "file-chunks"
    over_partitions: Final = True
    meaning: Final = "large files are cut into ranges of near equal size that end where records end"

    def survey(self, contract: Contract, folder: Path) -> FileChunksSurvey:
        """Find the files."""
        return FileChunksSurvey(contract, folder)


class FileChunksSurvey(FileSurvey):
    """Input files that will be cut by size."""

    def cut(self, wanted: int) -> Cut:
        """Cut the files so that the largest partition is as small as it can be."""
        files = self.inputs.files
        refuse_too_many(wanted, "target_partitions")
        # a record has at least one byte
        caps = [max(1, file.size) for file in files]
        short: set[int] = set()
        archives = self.archives()
        for place in archives:
            caps[place] = 1
        others = max(wanted - sum(pieces.count for pieces in archives.values()) + len(archives), len(files))
        made: dict[int, Pieces] = {}
        for _ in range(_ROUNDS):
            shares = self._shares(others, caps)
            came_short = False
            for place, share in enumerate(shares):
                if share > 1 and (place not in made or made[place].count != share):
                    made[place] = self._cut_one(files[place], share)
                    if made[place].count < share:
                        caps[place] = made[place].count
                        short.add(place)
                        came_short = True
            if not came_short:
                break
        reasons = self.cutters.refused(files)
        slices = FileSlices()
        for place, (file, share) in enumerate(zip(files, shares, strict=True)):
            pieces = archives.get(place) or (made[place] if share > 1 else whole(file))
            slices.add(file, self.cutters.format_of(file), pieces)
        return Cut(
            partitions=slices,
            weights=slices.weights,
            shortfall=shortfall_of(
                wanted, len(slices), len(reasons), [files[place].source for place in sorted(short)]
            ),
            findings=(*uncut_files(files, reasons), *empty_files(files), *self.cutters.findings),
        )

    def _shares(self, wanted: int, caps: list[int]) -> list[int]:
        """Allot; only files that would be cut are looked into, and those that cannot be get one."""
        files = self.inputs.files
        while True:
            shares = allot([file.size for file in files], wanted, caps)
            whole_ones = [
                place
                for place, share in enumerate(shares)
                if share > 1 and isinstance(self.cutters.of(files[place]), str)
            ]
            if not whole_ones:
                return shares
            for place in whole_ones:
                caps[place] = 1

    def _cut_one(self, file: InputFile, share: int) -> Pieces:
        cutter = self.cutters.of(file)
        return whole(file) if isinstance(cutter, str) else cutter.by_size(share)
