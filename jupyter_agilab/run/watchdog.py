"""The watchdog: limits of time and memory per partition, and the heartbeat of a run.

It reads the workers' notes from outside, so that it also sees a worker that is stuck in foreign code.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.contract.sizes import size_text
from jupyter_agilab.run.memory import (
    available_memory_bytes,
    process_cpu_s,
    process_memory_bytes,
    total_memory_bytes,
)
from jupyter_agilab.run.notes import Doing, NoteReader
from jupyter_agilab.run.types import FailureKind

_LOOK_S = 0.2
# a machine short of memory is seen from here on; before, its workers are still starting
_GUARD_AFTER_S = 1.0
_RESERVE_SHARE, _LEAST_RESERVE, _LARGEST_RESERVE = 0.03, 256 << 20, 1 << 30
# after a worker was ended, its memory takes a moment to come back
_GUARD_PAUSE_S = 1.0
_BEATS_S = ((60.0, 2.0), (600.0, 5.0), (float("inf"), 15.0))
"""Until so many seconds of a run, a heartbeat each so many seconds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A worker must be ended. ``cause`` is a sentence; ``doing`` is what the worker was at."""

    doing: Doing
    kind: FailureKind
    cause: str


class Watchdog:
    """Looks at the workers of a run; used by one thread.

    Parameters
    ----------
    notes
        The workers' notes.
    emit
        Writes an event.
    timeout_s
        Seconds that one partition may take.
    """

    def __init__(self, notes: NoteReader, emit: Callable[..., None], *, timeout_s: float | None) -> None:
        self._notes, self._emit, self._timeout_s = notes, emit, timeout_s
        self._host = socket.gethostname()
        self._started = self._looked = self._beaten = self._guarded = time.monotonic()
        self._late: dict[int, float] = {}
        self._reserve = 0
        self.working: list[Doing] = []
        """Who was at which task at the last look."""

    def look(self, limits: Mapping[int, int | None]) -> list[Verdict]:
        """Give the workers that must be ended; does next to nothing when called again within 0.2 s.

        Parameters
        ----------
        limits
            Task to the bytes of memory that its worker may take, for the tasks under way.
        """
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return []
        self._looked = now
        self.working = working = [each for each in self._notes.read() if each.task in limits]
        found: dict[int, Verdict] = {}
        for verdict in (*self._too_late(working), *self._too_large(working, limits), *self._largest(working)):
            found.setdefault(verdict.doing.task or 0, verdict)
        self._beat(working, now)
        return list(found.values())

    def at(self, task: int) -> Doing | None:
        """Give what the worker of a task was at, also when that worker is dead."""
        return next((each for each in self._notes.read() if each.task == task), None)

    def bury(self, task: int) -> None:
        """Forget the worker of a task that was lost."""
        doing = self.at(task)
        if doing is not None:
            self._notes.forget(doing)

    def _too_late(self, working: list[Doing]) -> list[Verdict]:
        if self._timeout_s is None:
            return []
        late = {
            each.task: each
            for each in working
            if each.index is not None and each.task is not None and time.time() - each.since > self._timeout_s
        }
        # twice the same, since a note may be read while it is written
        sure = [each for task, each in late.items() if self._late.get(task) == each.since]
        self._late = {task: each.since for task, each in late.items()}
        cause = f"it took longer than timeout_s = {self._timeout_s:g} s"
        return [Verdict(each, "timeout", cause) for each in sure]

    def _too_large(self, working: list[Doing], limits: Mapping[int, int | None]) -> list[Verdict]:
        found = []
        for each in working:
            limit = limits.get(each.task) if each.task is not None else None
            if limit is None or each.host != self._host:
                continue
            taken = process_memory_bytes(each.pid)
            if taken > limit:
                cause = f"its worker had {size_text(taken)} in memory; {size_text(limit)} are allowed"
                found.append(Verdict(each, "memory", cause))
        return found

    def _largest(self, working: list[Doing]) -> list[Verdict]:
        """Give the largest worker when the machine has next to no memory left, before the kernel chooses."""
        now = time.monotonic()
        if now - self._started < _GUARD_AFTER_S or now - self._guarded < _GUARD_PAUSE_S:
            return []
        if not self._reserve:
            share = int(total_memory_bytes() * _RESERVE_SHARE)
            self._reserve = max(_LEAST_RESERVE, min(share, _LARGEST_RESERVE))
        left = available_memory_bytes()
        if left > self._reserve:
            return []
        sizes = [(process_memory_bytes(each.pid), each) for each in working if each.host == self._host]
        taken, largest = max(sizes, key=lambda pair: pair[0], default=(0, None))
        # where other programs have taken it all, ending a small worker is of no use
        if largest is None or taken < 2 * self._reserve:
            return []
        self._guarded = now
        cause = (
            f"the machine ran out of memory: {size_text(max(left, 0))} were left, and its worker, the "
            f"largest, had {size_text(taken)}"
        )
        return [Verdict(largest, "memory", cause)]

    def _beat(self, working: list[Doing], now: float) -> None:
        age = now - self._started
        period = next(every for until, every in _BEATS_S if age < until)
        if now - self._beaten < period:
            return
        self._beaten = now
        self._emit("run.beat", workers=[self._seen(each) for each in working])

    def _seen(self, doing: Doing) -> dict[str, Any]:
        seen: dict[str, Any] = {
            "worker": doing.worker,
            "partition": doing.index,
            "since": round(doing.since, 3),
            "done": doing.done,
        }
        if doing.host == self._host:
            seen["cpu_s"] = round(process_cpu_s(doing.pid), 3)
            seen["rss_bytes"] = process_memory_bytes(doing.pid)
        return seen
