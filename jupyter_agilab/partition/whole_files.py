"""One file per partition."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jupyter_agilab.contract.model import Contract, Strategy
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.cutters import Cutters
from jupyter_agilab.partition.inputs import Inputs, find_inputs
from jupyter_agilab.partition.remarks import empty_files
from jupyter_agilab.partition.slices import Pieces, WholeFileSlices
from jupyter_agilab.partition.ways import Cut

_MOST_COSTLY = 16


class FileSurvey:
    """Input files that were found, each of which will be one partition.

    The base of the surveys that cut files: they have the same files and the same findings about them.
    """

    def __init__(self, contract: Contract, folder: Path) -> None:
        self.table = contract.partition
        self.inputs: Inputs = find_inputs(contract, folder)
        self.cutters = Cutters(contract.partition, folder)

    @property
    def items(self) -> int:
        """The number of files."""
        return len(self.inputs.files)

    @property
    def input_files(self) -> int:
        """The number of files."""
        return len(self.inputs.files)

    @property
    def described(self) -> str:
        """The files as a phrase."""
        return "1 file" if self.items == 1 else f"{self.items:,} files"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was seen while looking for files."""
        return self.inputs.findings

    def can_split(self) -> bool:
        """Whether any of the files could be cut; the largest are looked at first.

        Of many compressed files the largest speak for all: much of each would have to be read.
        """
        by_size = sorted(self.inputs.files, key=lambda file: -file.size)
        costly = [file for file in by_size if self.cutters.is_costly(file)]
        spoken_for = {file.source for file in costly[_MOST_COSTLY:]}
        return any(
            not isinstance(self.cutters.of(file), str) for file in by_size if file.source not in spoken_for
        )

    def archives(self) -> dict[int, Pieces]:
        """Give the files in archives, by the archive's place; each is a partition, whatever is wanted."""
        found = {}
        for place, file in enumerate(self.inputs.files):
            if self.cutters.is_archive(file):
                cutter = self.cutters.of(file)
                assert not isinstance(cutter, str)
                found[place] = cutter.by_size(1)
        return found

    def cut(self, wanted: int) -> Cut:
        """Give one partition per file."""
        del wanted
        # where a format cannot be imported, that is told now: one file of each kind stands for all
        for file in {_ending_of(file.source): file for file in self.inputs.files}.values():
            self.cutters.format_of(file)
        slices = WholeFileSlices(self.inputs.files, self.cutters.format_of)
        findings = tuple(empty_files(self.inputs.files))
        return Cut(partitions=slices, weights=slices.weights, findings=findings)


def _ending_of(source: str) -> str:
    """Give what is behind the last dot but one: all of it that a format is known by."""
    return ".".join(source.rsplit(".", 2)[1:])


class WholeFiles:
    """``one-file-per-partition``."""

    strategy: Final[Strategy] = "one-file-per-partition"
    over_partitions: Final = False
    meaning: Final = "each file is one partition"

    def survey(self, contract: Contract, folder: Path) -> FileSurvey:
        """Find the files."""
        return FileSurvey(contract, folder)
