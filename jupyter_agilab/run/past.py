"""One earlier run of a stage, looked at from now: what it planned, has results of, and failed to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.run.collected import undisputed_indexes
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.segments import SegmentIndex
from jupyter_agilab.run.types import RunState
from jupyter_agilab.run.watch import run_state


@dataclass(slots=True)
class PastRun:
    """An earlier run; read from its directory when it is asked, and then remembered.

    Attributes
    ----------
    run, manifest
        Where it is, and what it says of itself.
    """

    run: RunDirectory
    manifest: dict[str, Any]
    _only: frozenset[int] | None = field(default=None, repr=False)
    _indexes: list[SegmentIndex] | None = field(default=None, repr=False)

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.run_id

    @property
    def stage_key(self) -> str:
        """What the resume keys of all its partitions share."""
        return str(self.manifest.get("stage_key", ""))

    @property
    def record(self) -> dict[str, Any] | None:
        """What its results depend on; None for a run of a version that did not keep it."""
        return self.manifest.get("resume")

    def state(self) -> RunState:
        """Give the run's state now."""
        return run_state(self.run)

    def has_left_out(self, index: int) -> bool:
        """Say whether the run was told to leave a partition of its plan out."""
        only = (self.manifest.get("settings") or {}).get("only")
        if only is None:
            return False
        if self._only is None:
            self._only = frozenset(only)
        return index not in self._only

    def indexes(self) -> list[SegmentIndex]:
        """Give the good indexes of its segments."""
        if self._indexes is None:
            self._indexes = undisputed_indexes(self.run.segments)
        return self._indexes

    def keys(self) -> dict[int, str]:
        """Give the resume key of every result that it has, by plan index."""
        found: dict[int, str] = {}
        for index in self.indexes():
            found.update(zip(index.indexes, index.keys, strict=True))
        return found

    def failures(self) -> dict[int, dict[str, Any]]:
        """Give the events of partitions that failed for good, by plan index."""
        return {
            event["index"]: event
            for event in read_events(self.run.events)
            if event["type"] == "partition.failed" and event.get("final")
        }

    def planned(self) -> list[dict[str, Any]]:
        """Give its partitions as its plan stores them; empty where the plan is gone or damaged."""
        try:
            partitions = stored_partitions(self.run.path)
            return list(partitions.entries(0, len(partitions)))
        except (OSError, ValueError, PlanError):
            return []
