"""Results of earlier runs that are still good: found by resume key, taken over without running anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.run.collected import undisputed_indexes
from jupyter_agilab.run.layout import RunDirectory, run_directories
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.segments import SegmentIndex, adopt_segment


@dataclass(frozen=True, slots=True)
class Reused:
    """What was taken over: the plan's indexes, and how much it is."""

    indexes: frozenset[int]
    records: int
    size_bytes: int


def earlier_runs(run: RunDirectory, folder: Path, stage_key: str) -> list[RunDirectory]:
    """Give the earlier runs whose results can be of use, newest first: same code, parameters, record form."""
    return [
        earlier
        for earlier in run_directories(folder, run.stage)
        if earlier.run_id != run.run_id and (read_manifest(earlier) or {}).get("stage_key") == stage_key
    ]


def reuse_results(earlier: Iterable[RunDirectory], segments: Path, wanted: Mapping[str, int]) -> Reused:
    """Take over every result that earlier runs hold for a wanted partition.

    Data files are linked, or copied where the file system cannot link; damaged ones are passed over, so
    that their partitions run again.

    Parameters
    ----------
    earlier
        Runs of the same stage key, see `earlier_runs`.
    segments
        The new run's directory of segments.
    wanted
        Resume key to plan index.
    """
    taken: set[int] = set()
    records = size = 0
    for run in earlier:
        if len(taken) == len(wanted):
            break
        for index in undisputed_indexes(run.segments):
            adopted = _adopt(index, segments, wanted, taken)
            if adopted is not None:
                taken.update(adopted.indexes)
                records += sum(adopted.records)
                size += adopted.size
    return Reused(frozenset(taken), records, size)


def _adopt(
    index: SegmentIndex, segments: Path, wanted: Mapping[str, int], taken: set[int]
) -> SegmentIndex | None:
    numbers = [wanted.get(key) for key in index.keys]
    if numbers == index.indexes and taken.isdisjoint(index.indexes):
        # the plan is the one that it was
        return adopt_segment(index, segments, list(range(len(numbers))), index.indexes)
    found: dict[int, int] = {}
    for place, number in enumerate(numbers):
        if number is not None and number not in taken:
            found.setdefault(number, place)
    return adopt_segment(index, segments, list(found.values()), list(found)) if found else None
