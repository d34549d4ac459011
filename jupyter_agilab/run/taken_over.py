"""Which run did a partition whose result a later run took over."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.run.layout import RunDirectory, run_directories
from jupyter_agilab.run.segments import INDEX_SUFFIX, REUSED, read_index, read_indexes


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Where a result comes from: the run that did it, None where that is gone, and its index there."""

    run: RunDirectory | None
    index: int = -1


def taken_over(run: RunDirectory) -> dict[int, TakenOver]:
    """Find where the results come from that a run took over, by its plan's indexes; reads segment indexes.

    A run may have taken them over from one that had taken them over itself; the run is named that really did
    them.
    """
    missing = {
        key: number
        for path in run.segments.glob(f"{REUSED}*{INDEX_SUFFIX}")
        if (index := read_index(path)) is not None
        for key, number in zip(index.keys, index.indexes, strict=True)
    }
    found: dict[int, TakenOver] = {}
    if not missing:
        return found
    for earlier in run_directories(run.path.parents[3], run.stage):
        if earlier.run_id >= run.run_id or not missing:
            continue
        for index in read_indexes(earlier.segments):
            if index.path.name.startswith(REUSED):
                continue
            for key, there in zip(index.keys, index.indexes, strict=True):
                if key in missing:
                    found[missing.pop(key)] = TakenOver(earlier, there)
    found.update((number, TakenOver(None)) for number in missing.values())
    return dict(sorted(found.items()))
