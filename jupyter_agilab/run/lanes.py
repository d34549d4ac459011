"""Lanes: who works on what and since when, from a run's events alone, while the run goes on.

A picture of a run has a row for each worker and a bar for each task. `LaneReader` reads only what is new in
the journal, so that it can be asked many times a second; `lanes_of` reads a journal once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_agilab.run.events import EventReader
from jupyter_agilab.run.layout import RunDirectory

BarState = Literal["running", "finished", "failed", "lost", "stopped"]
"""``failed``: the task ended, or was lost, and some of its partitions are to blame. ``lost``: its worker was
lost under it, and the partitions are done again. ``stopped``: the run ended before it did."""

_CLOCK_PATIENCE_S = 0.5
"""A worker's clock that is off by more than this is not believed."""


@dataclass(slots=True)
class Bar:
    """One task on one worker. Times are seconds since `Lanes.origin`.

    Attributes
    ----------
    lane
        The worker's place in `Lanes.workers`.
    start_s, stop_s
        When it began and ended; None while it runs.
    indexes
        The plan's indexes of its partitions, as `jupyter_agilab.run.index_ranges` writes them (``0-99,105``).
    partitions, failed
        How many they are, and how many of them failed in this attempt.
    attempt
        From 1.
    """

    task: int
    lane: int
    start_s: float
    stop_s: float | None
    state: BarState
    indexes: str
    partitions: int
    attempt: int
    failed: int = 0


@dataclass(slots=True)
class Lane:
    """One worker. Times are seconds since `Lanes.origin`; ``lost_s`` is None while it lives.

    Attributes
    ----------
    row
        Where its bars are drawn, from 0: one that takes the place of a lost worker of its host goes on there.
    cause
        Why it was lost, in words.
    running
        Places in `Lanes.bars` of what it works on.
    """

    worker: str
    host: str
    pid: int | None
    row: int
    joined_s: float
    lost_s: float | None = None
    cause: str = ""
    finished: int = 0
    busy_s: float = 0.0
    running: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Lanes:
    """What there is to draw.

    Attributes
    ----------
    origin
        When the driver began, in seconds since the epoch: 0 of all times. 0.0 before that.
    last_s
        The time of the last event.
    workers
        In the order in which they joined first.
    bars
        In the order in which the tasks were taken up; bars stay where they are.
    changed
        Places in `bars` of those that are new or changed since the reader was asked before, ascending.
    rows
        How many rows the workers take.
    reduce_s
        When merging began; None before that.
    ended
        Whether the run has said that it ended.
    """

    origin: float = 0.0
    last_s: float = 0.0
    workers: list[Lane] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    rows: int = 0
    reduce_s: float | None = None
    ended: bool = False


class LaneReader:
    """Follows the lanes of a run.

    Parameters
    ----------
    run
        The run; it may have ended long ago.
    """

    def __init__(self, run: RunDirectory) -> None:
        self._events = EventReader(run.events)
        self._lanes = Lanes()
        self._places: dict[str, int] = {}
        self._given: dict[int, Mapping[str, Any]] = {}
        self._running: dict[int, int] = {}
        self._free_rows: dict[str, list[int]] = {}
        self._last: int | None = None
        self._changed: set[int] = set()

    def refresh(self) -> Lanes:
        """Read what is new and give the lanes, the same object each time; does not block."""
        for event in self._events.read():
            self._take(event)
        self._lanes.changed = sorted(self._changed)
        self._changed = set()
        return self._lanes

    def _take(self, event: Mapping[str, Any]) -> None:
        lanes = self._lanes
        kind = event["type"]
        if not lanes.origin:
            lanes.origin = event["t"]
        at = event["t"] - lanes.origin
        lanes.last_s = max(lanes.last_s, at)
        if kind == "task.started":
            self._start(event, at)
        elif kind == "task.finished":
            self._finish(event, at)
        elif kind == "task.lost":
            self._end(event["task"], at, "lost")
        elif kind == "partition.failed":
            # it is told right after its task
            if self._last is not None:
                bar = lanes.bars[self._last]
                bar.state, bar.failed = "failed", bar.failed + 1
                self._changed.add(self._last)
        elif kind == "worker.joined":
            self._join(event, at)
        elif kind == "worker.lost":
            self._lose(event, at)
        elif kind == "reduce.started":
            lanes.reduce_s = at
        elif kind == "run.ended":
            lanes.ended = True
            for task in list(self._running):
                self._end(task, at, "stopped")

    def _start(self, event: Mapping[str, Any], at: float) -> None:
        if not event.get("worker"):
            # whose it is will be told with its end
            self._given[event["task"]] = event
            return
        self._draw(event, self._lane_of(event["worker"], at), at)

    def _draw(self, event: Mapping[str, Any], lane: int, at: float) -> int:
        place = len(self._lanes.bars)
        count = event.get("partitions", event.get("finished", 0))
        indexes = event.get("indexes") or str(event.get("first", ""))
        self._lanes.bars.append(
            Bar(event["task"], lane, at, None, "running", indexes, count, event["attempt"])
        )
        self._lanes.workers[lane].running.append(place)
        self._running[event["task"]] = place
        self._changed.add(place)
        return place

    def _finish(self, event: Mapping[str, Any], at: float) -> None:
        told = self._given.pop(event["task"], {})
        place = self._running.get(event["task"])
        lane = self._lane_of(event["worker"], at)
        if place is None:
            place = self._draw({**event, **told}, lane, at)
        bar, seconds = self._lanes.bars[place], event["seconds"]
        begin = event["started"] - self._lanes.origin
        if abs(begin + seconds - at) > _CLOCK_PATIENCE_S:
            begin = at - seconds
        bar.start_s = max(0.0, begin)
        self._end(event["task"], bar.start_s + seconds, "finished")
        worker = self._lanes.workers[lane]
        worker.finished += event["finished"]
        worker.busy_s += seconds

    def _end(self, task: int, at: float, state: BarState) -> None:
        place = self._running.pop(task, None)
        self._given.pop(task, None)
        if place is None:
            self._last = None
            return
        bar = self._lanes.bars[place]
        bar.stop_s, bar.state = at, state
        running = self._lanes.workers[bar.lane].running
        if place in running:
            running.remove(place)
        self._last = place
        self._changed.add(place)

    def _join(self, event: Mapping[str, Any], at: float) -> None:
        name, host = event["worker"], event["host"]
        place = self._places.get(name)
        if place is None:
            lane = self._lanes.workers[self._lane_of(name, at, host)]
        else:
            lane = self._lanes.workers[place]
            free = self._free_rows.get(lane.host, [])
            if lane.lost_s is not None and lane.row in free:
                # one that comes back under its name
                free.remove(lane.row)
        lane.host, lane.pid, lane.lost_s, lane.cause = host, event["pid"], None, ""

    def _lose(self, event: Mapping[str, Any], at: float) -> None:
        lane = self._lanes.workers[self._lane_of(event["worker"], at, event.get("host", ""))]
        if lane.lost_s is None:
            self._free_rows.setdefault(lane.host, []).append(lane.row)
        lane.lost_s, lane.cause = at, event["cause"]
        for place in lane.running.copy():
            self._end(self._lanes.bars[place].task, at, "lost")

    def _lane_of(self, name: str, at: float, host: str = "") -> int:
        place = self._places.get(name)
        if place is None:
            free = self._free_rows.get(host)
            row = free.pop(0) if free else self._lanes.rows
            self._lanes.rows = max(self._lanes.rows, row + 1)
            place = self._places[name] = len(self._lanes.workers)
            self._lanes.workers.append(Lane(name, host, None, row, at))
        return place


def lanes_of(run: RunDirectory) -> Lanes:
    """Give the lanes of a run as its journal tells them now."""
    return LaneReader(run).refresh()
