"""What a worker of a run has done and does now, as the journal tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_agilab.run.index_ranges import indexes_in

Activity = Literal["working", "still", "idle", "lost", "unknown"]
"""``working``: it has used CPU or finished something since the last look. ``still``: it has done neither, so
it waits for something (disk, network, a lock) or is stuck. ``idle``: it has no partition."""

# a worker that only waits still answers heartbeats
_SHARE_OF_A_CORE = 0.05


@dataclass(slots=True)
class WorkerStatus:
    """One worker. Times are seconds since the epoch on the driver's clock, except `since`.

    Attributes
    ----------
    finished, tasks, busy_s, peak_memory_bytes
        Of all its tasks that are done.
    lost
        What became of it where it is gone; empty while it lives.
    host, pid
        The process that it is, or is a thread of; empty and 0 where that is not known.
    partition, since
        The plan's index of what it works on, and since when, on its own clock; None and 0 where it has
        nothing to do, or nothing was heard.
    task, task_since, indexes
        The task that it took up last and has not ended, since when on the driver's clock, and the plan's
        indexes of its partitions (``0-99,105``); None, 0 and empty where it has none, or nobody knows.
    cpu_s, rss_bytes
        CPU time and memory of its process at the last look; 0 where they are not known.
    seen, moved
        When it was last looked at, and when it was last seen to have used CPU or finished something.
    """

    finished: int = 0
    tasks: int = 0
    busy_s: float = 0.0
    peak_memory_bytes: int = 0
    lost: str = ""
    host: str = ""
    pid: int = 0
    partition: int | None = None
    since: float = 0.0
    cpu_s: float = 0.0
    rss_bytes: int = 0
    seen: float = 0.0
    moved: float = 0.0
    done: int = 0
    task: int | None = None
    task_since: float = 0.0
    indexes: str = ""

    def take_up(self, task: int, indexes: str, time: float) -> None:
        """Take note that it begins a task."""
        self.task, self.indexes, self.task_since = task, indexes, time

    def put_down(self, task: int | None = None) -> None:
        """Take note that it is through with a task, or with whatever it had."""
        if task is None or task == self.task:
            self.task, self.indexes, self.task_since = None, "", 0.0

    def end(self) -> None:
        """Take note that it will do nothing more."""
        self.rest()
        self.put_down()

    def look(self, seen: Mapping[str, Any], time: float) -> None:
        """Take in what a heartbeat says of it; `time` is the heartbeat's."""
        cpu_s, partition = seen.get("cpu_s"), seen.get("partition")
        since, done = float(seen.get("since") or 0.0), int(seen.get("done") or 0)
        used = (cpu_s or 0.0) - self.cpu_s
        # a process that took the place of another one begins anew
        worked = used < 0 or used >= _SHARE_OF_A_CORE * (time - self.seen)
        goes_on = (partition, since, done) == (self.partition, self.since, self.done)
        if worked or not goes_on or not self.seen:
            self.moved = time
        self.partition, self.since, self.done = partition, since if partition is not None else 0.0, done
        self.cpu_s, self.rss_bytes = float(cpu_s or 0.0), int(seen.get("rss_bytes") or 0)
        self.peak_memory_bytes = max(self.peak_memory_bytes, self.rss_bytes)
        self.seen = time

    def rest(self, time: float = 0.0) -> None:
        """Take note that it has nothing to do; `time` is that of the heartbeat that says so."""
        self.partition, self.since = None, 0.0
        self.seen = time or self.seen

    @property
    def activity(self) -> Activity:
        """What it does, as of the last look."""
        if self.lost:
            return "lost"
        if not self.seen:
            return "unknown"
        if self.partition is None:
            return "idle"
        if not self.cpu_s:
            # on another machine nobody sees its CPU
            return "unknown"
        return "working" if self.moved == self.seen else "still"

    @property
    def quiet_s(self) -> float:
        """Seconds for which it has neither used CPU nor finished anything; 0 where it moves."""
        return self.seen - self.moved if self.activity == "still" else 0.0

    @property
    def moving(self) -> str:
        """Whether it moves or is stuck, in words; empty where that is not known."""
        return _WORDS[self.activity]


_WORDS: dict[Activity, str] = {
    "working": "it is computing",
    "still": "it uses no CPU: it waits for something, or is stuck",
    "idle": "it has nothing to do",
    "lost": "it is gone",
    "unknown": "",
}


def partitions_under_way(workers: Iterable[WorkerStatus]) -> int:
    """Count the partitions of the tasks that workers are at, as far as is known."""
    tasks = {each.task: each.indexes for each in workers if each.task is not None and not each.lost}
    return sum(sum(1 for _ in indexes_in(indexes)) for indexes in tasks.values())
