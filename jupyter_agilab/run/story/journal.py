"""The journal of a run as a picture needs it: who worked when on which task, what went wrong, which phases.

Tasks are kept as columns, some 80 bytes for each, so that a run of 100,000 tasks is read in a second or two.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_CLOCK_PATIENCE_S = 0.5
"""A worker's clock that is off by more than this is not believed."""

FINISHED, LOST, UNDER_WAY = 0, 1, 2
"""What became of a task: reported, lost with its worker, or not heard of again."""


@dataclass(slots=True)
class TaskColumns:
    """The tasks in the order in which they ended; all columns run in parallel.

    Times are seconds since `Journal.origin`. ``worker`` is a place in `Journal.workers`, -1 where unknown.
    ``partitions`` were handed out, ``finished`` have a result, ``failed`` raised. ``first`` is the plan's
    index of the first partition. ``memory_bytes`` is the peak of the worker process, 0 where unknown.
    """

    number: array[int] = field(default_factory=lambda: array("l"))
    worker: array[int] = field(default_factory=lambda: array("l"))
    begin_s: array[float] = field(default_factory=lambda: array("d"))
    seconds: array[float] = field(default_factory=lambda: array("d"))
    partitions: array[int] = field(default_factory=lambda: array("l"))
    first: array[int] = field(default_factory=lambda: array("l"))
    finished: array[int] = field(default_factory=lambda: array("l"))
    failed: array[int] = field(default_factory=lambda: array("l"))
    attempt: array[int] = field(default_factory=lambda: array("l"))
    slowest_s: array[float] = field(default_factory=lambda: array("d"))
    cpu_s: array[float] = field(default_factory=lambda: array("d"))
    memory_bytes: array[int] = field(default_factory=lambda: array("q"))
    state: array[int] = field(default_factory=lambda: array("b"))

    def __len__(self) -> int:
        return len(self.number)


@dataclass(slots=True)
class WorkerStory:
    """One worker. Times are seconds since `Journal.origin`; ``lost_s`` is None for one that was not lost.

    ``lane`` is its place in a picture: a worker that replaces a lost one continues its lane.
    """

    name: str
    lane: int
    joined_s: float
    host: str = ""
    lost_s: float | None = None
    cause: str = ""
    tasks: int = 0
    finished: int = 0
    busy_s: float = 0.0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A failed attempt of one partition, at a time and on a worker (a place in `Journal.workers`, or -1)."""

    at_s: float
    worker: int
    index: int
    final: bool
    kind: str
    error_type: str


@dataclass(slots=True)
class Journal:
    """A run as its events tell it.

    Attributes
    ----------
    origin
        Seconds since the epoch from which all times count: when the run was submitted.
    started_s
        When the driver began.
    reduce_s
        When merging began; None before that.
    end_s
        When the run ended, or the last event for one that has not.
    marks
        Failed attempts in the order they came, at most `MOST_MARKS`; `mark_count` counts all.
    """

    origin: float
    started_s: float = 0.0
    reduce_s: float | None = None
    end_s: float = 0.0
    runner: str = ""
    slots: int = 0
    reducer: str = ""
    ended: bool = False
    tasks: TaskColumns = field(default_factory=TaskColumns)
    workers: list[WorkerStory] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    mark_count: int = 0

    @property
    def lanes(self) -> int:
        """How many lanes the workers take."""
        return 1 + max((worker.lane for worker in self.workers), default=-1)

    @property
    def first_task_s(self) -> float | None:
        """When the first task began; None where none did."""
        return min(self.tasks.begin_s, default=None)

    @property
    def last_task_s(self) -> float | None:
        """When the last task ended."""
        tasks = self.tasks
        return max(map(float.__add__, tasks.begin_s, tasks.seconds), default=None)

    @property
    def busy_s(self) -> float:
        """Seconds that all tasks took together."""
        return sum(self.tasks.seconds)


MOST_MARKS = 20_000
_UNFIT = re.compile(r"[^\w.+-]")


def is_among(index: int, ranges: str) -> bool:
    """Say whether an index is in a set of indexes written as ranges (``0-99,105``)."""
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        if int(first) <= index <= int(last or first):
            return True
    return False


def read_journal(events: Iterable[Mapping[str, Any]], origin: float, now: float | None = None) -> Journal:
    """Fold a run's events.

    Parameters
    ----------
    origin
        When the run was submitted, in seconds since the epoch.
    now
        The time for a run that still goes on, likewise; None for one that has ended.
    """
    fold = _Fold(origin)
    for event in events:
        fold.take(event)
    return fold.close(now)


class _Fold:
    def __init__(self, origin: float) -> None:
        self._journal = Journal(origin)
        self._places: dict[str, int] = {}
        self._waiting: dict[int, tuple[float, Mapping[str, Any]]] = {}
        self._holders: dict[int, int] = {}
        self._last_task: dict[int, int] = {}
        self._free_lanes: list[int] = []

    def take(self, event: Mapping[str, Any]) -> None:
        journal = self._journal
        at = event["t"] - journal.origin
        journal.end_s = max(journal.end_s, at)
        kind = event["type"]
        if kind == "task.started":
            self._waiting[event["task"]] = (at, event)
            if event.get("worker"):
                self._holders[event["task"]] = self._place(event["worker"], at)
        elif kind == "task.finished":
            self._finish(event, at)
        elif kind == "task.lost":
            if event["task"] in self._waiting:
                place = self._place(event["worker"], at) if event["worker"] else -1
                self._give_up(event["task"], place, at)
        elif kind == "partition.failed":
            self._fail(event, at)
        elif kind == "worker.joined":
            worker = self._worker(event["worker"], at)
            worker.host = str(event.get("host", ""))
            if worker.lane in self._free_lanes and worker.lost_s is not None:
                # one that comes back under its name
                self._free_lanes.remove(worker.lane)
        elif kind == "worker.lost":
            self._lose(event, at)
        elif kind == "run.started":
            journal.started_s = at
            # one after another there, however many workers the plan was for
            slots = 1 if event["runner"] == "local" else event["slots"]
            journal.runner, journal.slots = event["runner"], slots
        elif kind == "run.beat":
            self._look(event)
        elif kind == "reduce.started":
            journal.reduce_s, journal.reducer = at, event["reducer"]
        elif kind == "run.ended":
            journal.ended = True

    def close(self, now: float | None) -> Journal:
        """Take the tasks of which nothing was heard."""
        if now is not None:
            self._journal.end_s = max(self._journal.end_s, now - self._journal.origin)
        for number, (at, event) in self._waiting.items():
            worker = self._holders.get(number, -1)
            # where nobody knows who had it, nobody knows how long
            seconds = max(0.0, self._journal.end_s - at) if worker >= 0 else 0.0
            self._add(number, event, worker, at, seconds, UNDER_WAY)
        self._waiting.clear()
        return self._journal

    def _finish(self, event: Mapping[str, Any], at: float) -> None:
        given, started = self._waiting.pop(event["task"], (0.0, event))
        self._holders.pop(event["task"], None)
        worker = self._place(event["worker"], at)
        seconds = event["seconds"]
        begin = event["started"] - self._journal.origin
        if begin < given - _CLOCK_PATIENCE_S or begin + seconds > at + _CLOCK_PATIENCE_S:
            begin = at - seconds
        self._add(event["task"], {**started, **event}, worker, max(0.0, begin), seconds, FINISHED)
        told = self._journal.workers[worker]
        told.tasks += 1
        told.finished += event["finished"]
        told.busy_s += seconds
        told.memory_bytes = max(told.memory_bytes, event["peak_memory_bytes"])

    def _add(
        self, number: int, event: Mapping[str, Any], worker: int, begin: float, seconds: float, state: int
    ) -> None:
        tasks = self._journal.tasks
        self._last_task[worker] = len(tasks)
        tasks.number.append(number)
        tasks.worker.append(worker)
        tasks.begin_s.append(begin)
        tasks.seconds.append(seconds)
        tasks.partitions.append(event.get("partitions", event.get("finished", 0)))
        tasks.first.append(event.get("first", -1))
        tasks.finished.append(event.get("finished", 0))
        tasks.failed.append(0)
        tasks.attempt.append(event["attempt"])
        tasks.slowest_s.append(event.get("slowest_s", 0.0))
        tasks.cpu_s.append(event.get("cpu_s", 0.0))
        tasks.memory_bytes.append(event.get("peak_memory_bytes", 0))
        tasks.state.append(state)

    def _fail(self, event: Mapping[str, Any], at: float) -> None:
        journal = self._journal
        worker = self._places.get(event["worker"], -1)
        kind = event.get("kind", "raised")
        journal.mark_count += 1
        if len(journal.marks) < MOST_MARKS:
            journal.marks.append(Mark(at, worker, event["index"], event["final"], kind, event["error_type"]))
        if kind != "raised":
            number = self._task_with(event["index"])
            if number is not None:
                self._give_up(number, worker, at)
        # what a task's partitions raised is told right after the task itself
        place = self._last_task.get(worker)
        if place is not None:
            journal.tasks.failed[place] += 1

    def _lose(self, event: Mapping[str, Any], at: float) -> None:
        name = event["worker"]
        worker = self._worker(name, at)
        if worker.lost_s is None:
            self._free_lanes.append(worker.lane)
        worker.lost_s, worker.cause = at, str(event["cause"])
        place = self._places[name]
        for number in [number for number, holder in self._holders.items() if holder == place]:
            self._give_up(number, place, at)

    def _give_up(self, number: int, worker: int, at: float) -> None:
        """Count a task as lost with its worker, which may have been told before."""
        given, started = self._waiting.pop(number)
        self._holders.pop(number, None)
        if worker >= 0:
            told = self._journal.workers[worker].lost_s
            at = told if told is not None and told >= given else at
        self._add(number, started, worker, given, max(0.0, at - given) if worker >= 0 else 0.0, LOST)

    def _look(self, event: Mapping[str, Any]) -> None:
        """Learn from a heartbeat which worker has which task: tasks are handed out to whoever is free."""
        # heartbeats know workers by names that files can have
        places = {_UNFIT.sub("_", name): place for name, place in self._places.items()}
        for seen in event["workers"]:
            place = places.get(seen["worker"])
            if place is not None and seen.get("partition") is not None:
                number = self._task_with(seen["partition"])
                if number is not None:
                    self._holders[number] = place

    def _task_with(self, index: int) -> int | None:
        """Give the task under way that has a partition."""
        for number, (_, started) in self._waiting.items():
            if index == started["first"] or is_among(index, started.get("indexes", "")):
                return number
        return None

    def _place(self, name: str, at: float) -> int:
        self._worker(name, at)
        return self._places[name]

    def _worker(self, name: str, at: float) -> WorkerStory:
        place = self._places.get(name)
        if place is None:
            lane = self._free_lanes.pop(0) if self._free_lanes else self._journal.lanes
            place = self._places[name] = len(self._journal.workers)
            self._journal.workers.append(WorkerStory(name, lane, at))
        return self._journal.workers[place]
