"""A run's partitions as columns: the state of each, who did it and when, as the journal tells."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jupyter_agilab.panel.widgets.protocol import DONE, FAILED, RETRIED, RUNNING, STOPPED, TAKEN_OVER, WAITING
from jupyter_agilab.panel.widgets.worker_lanes import WorkerLanes
from jupyter_agilab.run.index_ranges import indexes_in
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.segments import INDEX_SUFFIX, REUSED, read_index

_MOST_FAILURES = 2_000
_MOST_TRIES = 100_000
_CLOCK_PATIENCE_S = 0.5


@dataclass(slots=True)
class _Task:
    """A task under way; ``lane`` is -1 while nobody knows who has it."""

    indexes: NDArray[np.int64]
    at: float
    attempt: int
    lane: int = -1
    current: int = -1


@dataclass(frozen=True, slots=True)
class _ToRead:
    """A segment that tells what single partitions took; ``members`` are all that its task had."""

    name: str
    began: float = 0.0
    seconds: float = 0.0
    members: NDArray[np.int64] | None = None


@dataclass(slots=True)
class Tries:
    """Attempts that were followed by another one: columns for drawing."""

    index: list[int] = field(default_factory=list)
    lane: list[int] = field(default_factory=list)
    begin: list[float] = field(default_factory=list)
    stop: list[float] = field(default_factory=list)


class RunColumns:
    """Folds the events of a run.

    Attributes
    ----------
    state
        Codes of `jupyter_agilab.panel.widgets.protocol.STATES`, by plan index.
    lane
        The lane of the worker that has or had it; -1: none.
    begin, stop
        When it was worked on, in seconds since the run started; negative where that is not known.
    seconds
        What it took; where it went in a batch, its share until the segment's index is read.
    attempts
        How often it was tried.
    failures
        The last failure of each of the first failed partitions, as the event's fields.
    """

    def __init__(self, count: int, run: RunDirectory) -> None:
        self.count = count
        self.run = run
        self.origin = 0.0
        self.state: NDArray[np.uint8] = np.full(count, WAITING, np.uint8)
        self.lane: NDArray[np.int32] = np.full(count, -1, np.int32)
        self.begin: NDArray[np.float64] = np.full(count, -1.0)
        self.stop: NDArray[np.float64] = np.full(count, -1.0)
        self.seconds: NDArray[np.float32] = np.zeros(count, np.float32)
        self.attempts: NDArray[np.uint16] = np.zeros(count, np.uint16)
        self.lanes = WorkerLanes()
        self.tries = Tries()
        self.failures: dict[int, dict[str, Any]] = {}
        self.end_s = 0.0
        self.ended = False
        self._tasks: dict[int, _Task] = {}
        self._to_read: deque[_ToRead] = deque()

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one event in."""
        kind = event["type"]
        if kind == "run.started":
            self.origin = event["t"]
            if event["reused"]:
                self._to_read.append(_ToRead(REUSED))
        at = max(0.0, event["t"] - self.origin)
        self.end_s = max(self.end_s, at)
        if kind == "task.started":
            self._start(event, at)
        elif kind == "task.finished":
            self._finish(event, at)
        elif kind == "partition.failed":
            self._fail(event, at)
        elif kind == "task.lost":
            task = self._tasks.pop(event["task"], None)
            if task is not None:
                self._rest(task, WAITING)
        elif kind == "worker.joined":
            self.lanes.join(event["worker"], str(event.get("host") or ""))
        elif kind == "worker.lost":
            self._lose(event["worker"])
        elif kind == "run.beat":
            self._look(event)
        elif kind == "run.ended":
            self.close()

    def close(self) -> None:
        """Take note that nothing more will come: what was under way was stopped."""
        self.ended = True
        for task in self._tasks.values():
            self._rest(task, STOPPED)
            self.stop[task.indexes] = np.where(self.begin[task.indexes] >= 0, self.end_s, -1.0)
        self._tasks.clear()

    @property
    def has_more(self) -> bool:
        """Whether there are segments that were not read yet."""
        return bool(self._to_read)

    def read_segments(self, seconds: float) -> None:
        """Read for a while what single partitions took."""
        end = time.monotonic() + seconds
        while self._to_read:
            wanted = self._to_read.popleft()
            if wanted.name == REUSED:
                found = self.run.segments.glob(f"{REUSED}*{INDEX_SUFFIX}")
                self._to_read += [_ToRead(path.name) for path in found]
            else:
                self._read_segment(wanted)
            if time.monotonic() > end:
                break

    def running(self) -> list[tuple[int, float, int, int]]:
        """Give lane, begin, plan index and number of partitions of each task whose worker is known."""
        return [
            (
                task.lane,
                task.at,
                task.current if task.current >= 0 else int(task.indexes[0]),
                len(task.indexes),
            )
            for task in self._tasks.values()
            if task.lane >= 0 and len(task.indexes)
        ]

    def counts(self) -> NDArray[np.int64]:
        """Count the partitions in each state."""
        return np.bincount(self.state, minlength=8)

    def _indexes(self, event: Mapping[str, Any]) -> NDArray[np.int64]:
        text = event.get("indexes")
        if text is not None:
            found = _array_of(text)
        else:
            first = int(event.get("first", 0))
            found = np.arange(first, first + int(event.get("partitions", 0)))
        return found[(found >= 0) & (found < self.count)]

    def _start(self, event: Mapping[str, Any], at: float) -> None:
        task = _Task(self._indexes(event), at, event["attempt"])
        worker = event.get("worker")
        if worker:
            task.lane = self.lanes.lane_of(worker)
        self._tasks[event["task"]] = task
        self.state[task.indexes] = RUNNING
        self.attempts[task.indexes] += 1
        self.lane[task.indexes] = task.lane

    def _finish(self, event: Mapping[str, Any], at: float) -> None:
        task = self._tasks.pop(event["task"], None)
        done = self._indexes(event) if "indexes" in event or task is None else task.indexes
        both = task.indexes if task is not None else done
        lane = self.lanes.lane_of(event["worker"])
        took = float(event["seconds"])
        began = event["started"] - self.origin
        if abs(began + took - at) > _CLOCK_PATIENCE_S or began < 0:
            # a worker's clock that is off is not believed
            began = max(0.0, at - took)
        share = took / max(1, len(both))
        places = began + share * np.arange(len(both))
        self.begin[both], self.stop[both] = places, places + share
        self.seconds[both] = share
        self.lane[both] = lane
        # those that failed are told by events of their own, right after this one
        self.state[both] = WAITING
        self.state[done] = DONE
        if task is None:
            self.attempts[done] = np.maximum(self.attempts[done], 1)
        if event.get("segment") and len(done):
            self._to_read.append(_ToRead(event["segment"], began, took, both))

    def _fail(self, event: Mapping[str, Any], at: float) -> None:
        index = event["index"]
        if not 0 <= index < self.count:
            return
        if event.get("kind", "raised") != "raised":
            # the worker went with it, and nothing reports the task
            number = next((key for key, task in self._tasks.items() if index in task.indexes), None)
            if number is not None:
                task = self._tasks.pop(number)
                self._rest(task, WAITING)
                self.begin[index], self.stop[index] = task.at, at
        self.state[index] = FAILED if event["final"] else RETRIED
        if not event["final"] and self.begin[index] >= 0 and len(self.tries.index) < _MOST_TRIES:
            self.tries.index.append(index)
            self.tries.lane.append(int(self.lane[index]))
            self.tries.begin.append(float(self.begin[index]))
            self.tries.stop.append(float(self.stop[index]))
        if index in self.failures or len(self.failures) < _MOST_FAILURES:
            self.failures[index] = dict(event)

    def _lose(self, worker: str) -> None:
        lane = self.lanes.lose(worker)
        for number in [key for key, task in self._tasks.items() if task.lane == lane and lane >= 0]:
            self._rest(self._tasks.pop(number), WAITING)

    def _rest(self, task: _Task, state: int) -> None:
        open_ones = task.indexes[self.state[task.indexes] == RUNNING]
        self.state[open_ones] = state
        if state == STOPPED and task.lane >= 0:
            self.begin[open_ones] = np.where(self.begin[open_ones] < 0, task.at, self.begin[open_ones])

    def _look(self, event: Mapping[str, Any]) -> None:
        for seen in event["workers"]:
            index, lane = seen.get("partition"), self.lanes.lane_of_file(seen["worker"])
            if index is None or lane < 0 or not 0 <= index < self.count or self.state[index] != RUNNING:
                continue
            for task in self._tasks.values():
                if task.lane in {-1, lane} and index in task.indexes:
                    task.lane, task.current = lane, index
                    self.lane[task.indexes] = lane
                    break

    def _read_segment(self, wanted: _ToRead) -> None:
        index = read_index(self.run.segments / wanted.name)
        if index is None:
            return
        places, took = np.asarray(index.indexes, np.int64), np.asarray(index.seconds, np.float64)
        good = (places >= 0) & (places < self.count)
        places, took = places[good], took[good]
        self.seconds[places] = took
        members = wanted.members
        if members is None:
            self.state[places[np.isin(self.state[places], (WAITING, RUNNING))]] = TAKEN_OVER
            return
        lengths, is_done = np.zeros(len(members)), np.isin(members, places)
        known = dict(zip(places.tolist(), took.tolist(), strict=True))
        lengths[is_done] = [known[index] for index in members[is_done].tolist()]
        rest = max(0.0, wanted.seconds - float(lengths.sum()))
        # what goes by besides is that of the failed ones; without any, reading and storing goes to each alike
        takers = ~is_done if not is_done.all() else is_done
        lengths[takers] += rest / max(1, int(takers.sum()))
        ends = wanted.began + np.cumsum(lengths)
        # those that were tried again meanwhile stay where they are now
        before = self.begin[members]
        here = (before >= wanted.began - 1e-9) & (before <= wanted.began + wanted.seconds + 1e-9)
        self.begin[members[here]], self.stop[members[here]] = (ends - lengths)[here], ends[here]


def _array_of(ranges: str) -> NDArray[np.int64]:
    if "," not in ranges and "-" in ranges:
        first, _, last = ranges.partition("-")
        return np.arange(int(first), int(last) + 1)
    return np.fromiter(indexes_in(ranges), np.int64)
