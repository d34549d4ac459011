"""What the panel's view shows, and the answers to what it asks: a plan, and the run of it if there is one."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jupyter_agilab.errors import PlanError
from jupyter_agilab.panel.widgets.bars import planned_bars, run_bars, visible
from jupyter_agilab.panel.widgets.partition_table import PartitionTable
from jupyter_agilab.panel.widgets.plan_columns import PlanColumns
from jupyter_agilab.panel.widgets.protocol import (
    COLUMNS,
    MOST_LANES,
    MOST_ROWS,
    STATES,
    Filter,
    Layer,
    Sort,
)
from jupyter_agilab.panel.widgets.run_columns import RunColumns
from jupyter_agilab.panel.widgets.worker_lanes import planned_number
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.store import read_plan
from jupyter_agilab.run.events import EventReader
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.watch import RunStatus, RunWatch

_TELL_S = 0.5


class StageData:
    """A plan, and a run of it; any thread may ask, one at a time.

    Parameters
    ----------
    plan
        What would run.
    watch
        The run that is shown with it; None before one was started.
    expected_s
        What the run is expected to take; 0: not known.
    """

    def __init__(self, plan: Plan, watch: RunWatch | None = None, *, expected_s: float = 0.0) -> None:
        self.plan = plan
        self.columns = PlanColumns(plan)
        self.expected_s = expected_s
        self.watch = watch
        self.lock = threading.RLock()
        self.version = 0
        self.wants_more = False
        self._read_told = 0.0
        self.pins: dict[int, str] = {}
        self.status: RunStatus | None = None
        self.run: RunColumns | None = None
        self._events: EventReader | None = None
        self._planned: NDArray[np.int32] | None = None
        self._drawn: tuple[tuple[float, float, int, float], dict[str, Any], bytes] | None = None
        if watch is not None:
            directory = RunDirectory(Path(watch.status.run_dir))
            self.run = RunColumns(self.columns.count, directory)
            self._events = EventReader(directory.events)
        self.table = PartitionTable(self.columns, self.run)

    @classmethod
    def of_run(cls, watch: RunWatch, *, expected_s: float = 0.0) -> StageData:
        """Give the data of a run with the plan that it was submitted with.

        Raises
        ------
        PlanError
            The plan cannot be read.
        """
        return cls(read_plan(Path(watch.status.run_dir)), watch, expected_s=expected_s)

    @property
    def count(self) -> int:
        """How many partitions there are."""
        return self.columns.count

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will change by itself."""
        return self.status is None or self.status.ended

    @property
    def now_s(self) -> float:
        """Seconds since the run started; of one that has ended, when that was."""
        if self.run is None or self.status is None or not self.status.started:
            return 0.0
        return self.run.end_s if self.status.ended else max(0.0, time.time() - self.status.started)

    def refresh(self, seconds: float = 0.05) -> bool:
        """Read what the run has told since the last look; gives whether it changed."""
        if self.watch is None or self.run is None or self._events is None:
            return False
        with self.lock:
            if self.status is not None and self.status.ended:
                had_more = self.run.has_more
                self.run.read_segments(seconds)
                self.version += had_more
                return had_more
            status = self.watch.refresh()
            before = self.run.end_s
            changed = False
            for event in self._events.read():
                self.run.take(event)
                changed = True
            self.status = status
            if status.ended and not self.run.ended:
                self.run.close()
                changed = True
            self.run.end_s = max(before, self.run.end_s)
            self.run.read_segments(seconds)
            # while tasks are under way their bars grow
            changed = changed or bool(self.run.running())
            self.version += changed
            return changed

    def read_on(self, seconds: float) -> bool:
        """Read the plan for a while, where somebody waits for it; gives whether there is more than before."""
        if not self.wants_more:
            return False
        self.columns.read_on(seconds)
        self.wants_more = not self.columns.is_whole
        now = time.monotonic()
        if self.wants_more and now - self._read_told < _TELL_S:
            return False
        self._read_told = now
        self.version += 1
        return True

    def rows(self, start: int, count: int, sort: Sort | None, kept: Filter) -> dict[str, Any]:
        """Answer a request for rows."""
        with self.lock:
            order, is_partial = self.table.order(sort, kept, self.version)
            self.wants_more = self.wants_more or is_partial
            total = self.count if order is None else len(order)
            start = max(0, min(start, total))
            try:
                rows = self.table.rows(start, max(0, min(count, MOST_ROWS)), order)
            except (OSError, ValueError, PlanError):
                # the plan was removed or damaged meanwhile
                rows = []
        return {"total": total, "start": start, "columns": COLUMNS, "rows": rows, "is_partial": is_partial}

    def find(self, index: int, sort: Sort | None, kept: Filter) -> dict[str, Any]:
        """Answer where a partition stands in an order."""
        with self.lock:
            order, _ = self.table.order(sort, kept, self.version)
        if order is None:
            return {"position": index if 0 <= index < self.count else -1}
        found = np.flatnonzero(order == index)
        return {"position": int(found[0]) if len(found) else -1}

    def bars(self, layer: Layer, from_s: float, to_s: float, width_px: int) -> tuple[dict[str, Any], bytes]:
        """Answer a request for bars."""
        with self.lock:
            asked = (from_s, to_s, width_px, self.expected_s)
            if layer == "plan" and self._drawn is not None and self._drawn[0] == asked:
                # nothing moves in what was planned, and it is asked for with every change of the run
                return self._drawn[1], self._drawn[2]
            is_partial = False
            if layer == "plan":
                is_partial = not self.columns.has_work and not self.columns.read_on(0.3)
                self.wants_more = self.wants_more or is_partial
                found = planned_bars(self.columns, self._planned_workers(), self.expected_s)
            else:
                found = (
                    run_bars(self.run, self.now_s)
                    if self.run is not None
                    else planned_bars(self.columns, self._planned_workers()[:0], 0.0)
                )
        end_s = float(found.stop.max()) if len(found) else 0.0
        if to_s <= from_s:
            from_s, to_s = 0.0, max(end_s, 1e-9)
        shown, binned = visible(found, from_s, to_s, max(1, min(width_px, 10_000)))
        told = {
            "layer": layer,
            "count": len(shown),
            "binned": binned,
            "end_s": end_s,
            "is_partial": is_partial,
        }
        packed = shown.packed()
        if layer == "plan" and not is_partial:
            self._drawn = asked, told, packed
        return told, packed

    def pin(self, indexes: list[int], worker: str | None) -> None:
        """Put partitions on a worker or host by its name; None: where the plan puts them."""
        with self.lock:
            for index in indexes:
                if worker is None:
                    self.pins.pop(index, None)
                else:
                    self.pins[index] = worker
            self.show_pins()

    def show_pins(self) -> None:
        """Draw partitions that are pinned to a planned worker on its lane."""
        with self.lock:
            if self.pins:
                self.columns.read_on(60.0)
            self._planned = self.columns.planned.copy()
            lanes = len(self.plan.loads)
            for index, worker in self.pins.items():
                number = planned_number(worker)
                if 0 <= number < lanes:
                    self._planned[index] = number
            self.table.planned = self._planned
            self._drawn = None
            self.version += 1

    def planned_worker(self, index: int) -> int:
        """Give the planned worker of one partition, pins included."""
        return int(self._planned_workers()[index])

    def _planned_workers(self) -> NDArray[np.int32]:
        return self.columns.planned if self._planned is None else self._planned

    def lanes(self) -> list[dict[str, Any]]:
        """Give the lanes: of the run's workers once some are there, else of the planned ones."""
        with self.lock:
            if self.run is not None and len(self.run.lanes):
                known = self.run.lane >= 0
                busy = np.bincount(
                    self.run.lane[known], weights=self.run.seconds[known], minlength=len(self.run.lanes)
                )
                return self.run.lanes.told(busy.tolist())
            loads = list(self.plan.loads)
            if self._planned is not None:
                loads = np.bincount(
                    self._planned, weights=self.columns.weights, minlength=len(loads)
                ).tolist()
            pinned = Counter(map(planned_number, self.pins.values()))
            total = sum(loads) or 1.0
            seconds = self.expected_s * self.plan.useful_workers if self.expected_s else 0.0
            told = [
                {
                    "id": f"worker-{worker}",
                    "host": "",
                    "worker": f"worker {worker}",
                    "label": f"worker {worker}",
                    "load_s": round(load / total * seconds, 3) if seconds else load,
                    "pinned": pinned[worker],
                    "lost": False,
                }
                for worker, load in enumerate(loads[:MOST_LANES])
            ]
            if len(loads) > MOST_LANES:
                told[-1]["label"] = f"worker {MOST_LANES - 1} and {len(loads) - MOST_LANES:,} more"
            return told

    def summary(self) -> dict[str, Any]:
        """Give the figures above the map."""
        status, told = self.status, self._no_figures()
        with self.lock:
            if self.run is None or status is None:
                return told
            counts = self.run.counts()
            peak = max((each.peak_memory_bytes for each in status.workers.values()), default=0)
            return {
                **told,
                "mode": "ended" if status.ended else "run",
                "state": status.state,
                "run_id": status.run_id,
                "counts": {state: int(number) for state, number in zip(STATES, counts, strict=True)},
                "done": status.done,
                "failed": status.failed,
                "merged": status.merged,
                "rate": round(status.rate, 3),
                "time_left_s": None if status.remaining_s is None else round(status.remaining_s, 1),
                "bytes_now": status.memory_bytes or None,
                "bytes_peak": peak or None,
                "workers_alive": 0 if status.ended else status.alive,
                "now_s": round(self.now_s, 2),
                "started_s": round(status.started, 3),
                "ended_s": round(self.run.end_s, 2) if status.ended else None,
                "message": status.message[:1000],
            }

    def _no_figures(self) -> dict[str, Any]:
        return {
            "mode": "plan",
            "state": "planned",
            "name": self.plan.stage,
            "run_id": None,
            "counts": {state: self.count if state == "planned" else 0 for state in STATES},
            "partitions": self.count,
            "done": 0,
            "failed": 0,
            "merged": 0,
            "rate": 0.0,
            "time_left_s": None,
            "bytes_now": None,
            "bytes_peak": None,
            "workers_alive": 0,
            "workers_planned": self.plan.useful_workers,
            "now_s": 0.0,
            "started_s": 0.0,
            "ended_s": None,
            "planned_s": self.expected_s or None,
            "message": "",
            "can": [],
        }
