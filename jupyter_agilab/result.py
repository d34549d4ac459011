"""The result of a run as a handle: small in memory, however large the artifact is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.reduce import reading

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    """What a finished run left: the artifact, and how it came about.

    Nothing is read before it is asked for.

    Attributes
    ----------
    path
        The artifact, absolute.
    records
        How many records it holds.
    columns
        Its columns, where it is a table.
    partitions, reused
        Partitions of the run, and how many of them were taken over from earlier runs.
    seconds
        What the run took.
    """

    stage: str
    run_id: str
    run_dir: Path
    path: Path
    records_count: int
    columns: tuple[str, ...]
    size_bytes: int
    partitions: int
    reused: int
    seconds: float

    def schema(self) -> list[tuple[str, str]]:
        """Give column names and types; of JSON lines, those of the first records."""
        return reading.schema(self.path)

    def sample(self, count: int = 5) -> list[Any]:
        """Give the first `count` records."""
        return reading.sample(self.path, count)

    def records(self) -> Iterator[Any]:
        """Read the records one by one, in partition order; memory stays flat."""
        return reading.records(self.path)

    def to_pandas(self, *, max_bytes: int = 1 << 30) -> pandas.DataFrame:
        """Load the whole artifact into a frame.

        Raises
        ------
        AgilabError
            The file is larger than `max_bytes`; the message says how large and what else can be done.
        """
        frame: pandas.DataFrame = reading.to_pandas(self.path, max_bytes=max_bytes)
        return frame

    def __repr__(self) -> str:
        return (
            f"<{self.stage}: {self.records_count:,} records of {self.partitions:,} partitions in "
            f"{self.path.name}, {self.size_bytes:,} bytes, {self.seconds:.1f} s>"
        )
