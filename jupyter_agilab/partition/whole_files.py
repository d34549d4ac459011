"""One file per partition."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jupyter_agilab.contract.model import Contract, Strategy
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.cutters import Cutters
from jupyter_agilab.partition.inputs import Inputs, find_inputs
from jupyter_agilab.partition.remarks import empty_files
from jupyter_agilab.partition.slices import FileSlices, whole
from jupyter_agilab.partition.ways import Cut


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
        """Whether any of the files could be cut; the largest are looked at first."""
        by_size = sorted(self.inputs.files, key=lambda file: -file.size)
        return any(not isinstance(self.cutters.of(file), str) for file in by_size)

    def cut(self, wanted: int) -> Cut:
        """Give one partition per file."""
        del wanted
        slices = FileSlices()
        for file in self.inputs.files:
            slices.add(file, self.cutters.format_of(file), whole(file))
        findings = tuple(empty_files(self.inputs.files))
        return Cut(partitions=slices, weights=slices.weights, findings=findings)


class WholeFiles:
    """``one-file-per-partition``."""

    strategy: Final[Strategy] = "one-file-per-partition"
    over_partitions: Final = False
    meaning: Final = "each file is one partition"

    def survey(self, contract: Contract, folder: Path) -> FileSurvey:
        """Find the files."""
        return FileSurvey(contract, folder)
