"""What is staged, and what the ways of staging share."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.source import InputFile
from jupyter_agilab.partition.staged import progress
from jupyter_agilab.partition.staged.store import Extents
from jupyter_agilab.partition.staged.units import Rule, Units
from jupyter_agilab.partition.types import Partition, digest_of

SCHEMA: Final = "agilab.staged.v1"

_READING = ("delimiter", "quotechar", "encoding", "header", "table", "query", "key")
_TOLD_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is to be staged.

    Attributes
    ----------
    files, format
        The files of one table, in order, and their format.
    source
        What people know the table by: the file, or the pattern that names several.
    options
        ``[partition]`` of the contract.
    """

    files: tuple[InputFile, ...]
    format: str
    source: str
    folder: Path
    options: PartitionTable
    rule: Rule

    @property
    def key(self) -> str:
        """What tells the staged form from others: everything that it follows from."""
        files = [
            [file.source, file.content() or [file.size, file.mtime_ns, file.version]] for file in self.files
        ]
        options = [getattr(self.options, name) for name in _READING]
        return digest_of(SCHEMA, self.format, files, options, self.rule.identity)


Built = tuple[Units, Extents, list[str], dict[str, Any]]


class Progress:
    """Tells how much of the files was read."""

    def __init__(self, table: Table) -> None:
        self._source = table.source
        self._total = max(1, sum(file.size for file in table.files))
        self._before = 0
        self._told = 0.0

    def at(self, place: int) -> None:
        """Tell that so many bytes of the present file are read."""
        now = time.monotonic()
        if now - self._told >= _TOLD_EVERY_S:
            self._told = now
            progress.tell(self._source, (self._before + place) / self._total)

    def file_done(self, file: InputFile) -> None:
        """Go on to the next file."""
        self._before += file.size
        self.at(0)


def whole_partition(file: InputFile, file_format: str) -> Partition:
    """Give a whole file as a partition, for the readers."""
    return Partition(0, "", "file", file.source, 0, file.size, 0, file_format, None, 0.0, "")


def not_nan(value: Any) -> Any:
    """Give a value with a type of its own as it counts: None for NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


def place_of(name: str, names: Sequence[str], table: Table, file: InputFile) -> int:
    """Give the place of a column.

    Raises
    ------
    PlanError
        There is none, or several of that name.
    """
    if names.count(name) == 1:
        return names.index(name)
    what = "has no column" if name not in names else "has several columns"
    finding = Finding(
        code="partition.no-column",
        message=f"{file.source} {what} {name!r}, which partition.columns names",
        level="environment",
        key="partition.columns",
        path=file.source,
        hint=did_you_mean(name, list(names)) or f"it has: {', '.join(map(str, names))}",
    )
    raise PlanError("the input cannot be planned", [finding])


def refused(file: InputFile, why: str) -> PlanError:
    """Give the error for a file whose rows cannot be grouped."""
    finding = Finding(
        code="partition.not-grouped",
        message=f"the rows of {file.source} cannot be grouped: {why}",
        level="environment",
        key="partition.by",
        path=file.source,
    )
    return PlanError("the input cannot be planned", [finding])
