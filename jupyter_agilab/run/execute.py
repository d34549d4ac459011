"""The loop that hands out batches, hears what became of them, retries and stops; one for all runners."""

from __future__ import annotations

import heapq
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jupyter_agilab.errors import OutputError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.batching import Batcher
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.index_ranges import ranges_text
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.losses import failure_of_loss
from jupyter_agilab.run.notes import NoteReader
from jupyter_agilab.run.policy import Policy
from jupyter_agilab.run.runners.types import LostTask, Runner
from jupyter_agilab.run.stuck import Frame
from jupyter_agilab.run.types import Failure, StageSpec, Task, TaskReport
from jupyter_agilab.run.watchdog import Verdict, Watchdog

_WAIT_S = 0.2
_PIECES = 8
_MANY_SUSPECTS = 8
DEATHS_ALONE = 2


@dataclass(slots=True)
class Tally:
    """What came of the partitions that were handed out."""

    finished: int = 0
    failed: set[int] = field(default_factory=set)
    tasks: int = 0
    stopped: bool = False


class Execution:
    """Runs all partitions that a batcher hands out.

    A partition that raised is tried again alone, on another worker where there is one, up to
    `Policy.retries` times, after a pause that doubles. When a worker dies, its note tells which partition it
    was at; the others of its batch are run again, and are not to blame. The one that it was at

    - counts as tried where its guilt is sure: it crashed its own process, or the watchdog ended it for
      taking too long or too much memory;
    - is only suspected otherwise: somebody may have killed the worker, or the kernel because another process
      took all memory. Suspects run with nothing beside them, and count as failed after `DEATHS_ALONE` deaths
      there. They run last, or when there are many of them: it may be that every partition kills its worker.

    After it was ended for its memory, a partition gets twice as much, with nothing beside it.

    Parameters
    ----------
    runner
        A runner that was started.
    partitions
        The plan's.
    tally
        Counts on from what it says; it is right also where `run` raises.
    should_stop
        Asked at least five times a second.
    """

    def __init__(
        self,
        runner: Runner,
        batcher: Batcher,
        partitions: Sequence[Partition],
        events: EventWriter,
        tally: Tally,
        *,
        spec: StageSpec,
        run: RunDirectory,
        policy: Policy,
        should_stop: Callable[[], bool],
    ) -> None:
        self._runner, self._batcher, self._partitions = runner, batcher, partitions
        self._events, self._spec, self._policy, self._should_stop = events, spec, policy, should_stop
        self._tally = tally
        self._attempts: Counter[int] = Counter()
        self._deaths: Counter[int] = Counter()
        self._outgrown: Counter[int] = Counter()
        self._failed_on: defaultdict[int, list[str]] = defaultdict(list)
        self._suspects: deque[int] = deque()
        self._delayed: list[tuple[float, int]] = []
        self._is_examining = False
        self._under_way: dict[int, Task] = {}
        self._verdicts: dict[int, tuple[Verdict, list[Frame]]] = {}
        self._watchdog = Watchdog(NoteReader(run.notes), events.emit, timeout_s=policy.timeout_s)

    def run(self) -> None:
        """Run them; blocks until they are done, failed or stopped.

        Raises
        ------
        OutputError
            Results cannot be written; what was written before stays.
        """
        while not (stopping := self._should_stop()):
            while len(self._under_way) < self._runner.slots and (batch := self._next_batch()):
                self._submit(batch)
            if not self._under_way:
                if not self._delayed or self._is_giving_up():
                    break
                time.sleep(max(0.0, min(_WAIT_S, self._delayed[0][0] - time.monotonic())))
                continue
            for outcome in self._runner.wait(_WAIT_S):
                task = self._under_way.pop(outcome.number)
                if isinstance(outcome, LostTask):
                    self._lose(outcome, task)
                else:
                    self._count(outcome, task)
            self._watch()
        # after a stop, what is under way is lost; what is finished has its index
        self._tally.stopped = stopping

    def _is_giving_up(self) -> bool:
        return bool(self._tally.failed) and not self._policy.keep_going

    def _next_batch(self) -> list[int]:
        if self._is_giving_up():
            return []
        if not self._under_way:
            self._is_examining = False
        if self._suspects and (not self._batcher or len(self._suspects) >= _MANY_SUSPECTS):
            if self._under_way:
                return []
            self._is_examining = True
            return [self._suspects.popleft()]
        if self._is_examining:
            return []
        if self._delayed and self._delayed[0][0] <= time.monotonic():
            return [heapq.heappop(self._delayed)[1]]
        return self._batcher.next()

    def _submit(self, batch: list[int]) -> None:
        self._tally.tasks += 1
        attempt = 1 + max(self._attempts[index] + self._deaths[index] for index in batch)
        avoid = tuple(self._failed_on.get(batch[0], ())) if len(batch) == 1 else ()
        task = Task(self._tally.tasks, attempt, tuple(batch), avoid)
        self._under_way[task.number] = task
        self._events.emit(
            "task.started",
            task=task.number,
            attempt=attempt,
            partitions=len(batch),
            first=batch[0],
            indexes=ranges_text(batch),
        )
        self._runner.submit(task)

    def _watch(self) -> None:
        limits = {task.number: self._limit(task) for task in self._under_way.values()}
        for verdict in self._watchdog.look(limits):
            number = verdict.doing.task
            if number is not None and number not in self._verdicts:
                self._verdicts[number] = verdict, self._runner.end_task(verdict.doing)

    def _limit(self, task: Task) -> int | None:
        limit = self._policy.memory_bytes
        if limit is None or len(task.indexes) > 1:
            return limit
        return limit << self._outgrown[task.indexes[0]]

    def _count(self, report: TaskReport, task: Task) -> None:
        # it may have ended by itself just before it was to be ended
        self._verdicts.pop(task.number, None)
        self._tally.finished += len(report.indexes)
        if report.indexes:
            self._batcher.learn(report.indexes, report.busy_s)
        self._events.emit(
            "task.finished",
            task=report.number,
            attempt=report.attempt,
            worker=report.worker,
            started=round(report.started, 4),
            seconds=round(report.seconds, 6),
            finished=len(report.indexes),
            indexes=ranges_text(report.indexes),
            bytes=report.bytes,
            records=report.records,
            slowest_s=round(report.slowest_s, 6),
            cpu_s=round(report.cpu_s, 6),
            peak_memory_bytes=report.peak_memory_bytes,
            segment=report.segment,
        )
        for failure in report.failures:
            self._fail(failure)
        heard = {*report.indexes, *(failure.index for failure in report.failures)}
        left = [index for index in task.indexes if index not in heard]
        if left:
            self._batcher.put_back(left)

    def _lose(self, lost: LostTask, task: Task) -> None:
        if lost.fatal:
            raise OutputError(lost.cause, hint="run again when that is put right: finished work is kept")
        verdict, frames = self._verdicts.pop(task.number, (None, []))
        doing = verdict.doing if verdict is not None else self._watchdog.at(task.number)
        self._watchdog.bury(task.number)
        index = doing.index if doing is not None else None
        if index is None and len(task.indexes) == 1:
            index = task.indexes[0]
        if index is None:
            # nothing tells which of them it was
            self._batcher.put_back(task.indexes, parts=_PIECES)
            return
        others = [other for other in task.indexes if other != index]
        if others:
            self._batcher.put_back(others)
        failure = failure_of_loss(
            self._partitions[index],
            verdict.kind if verdict is not None else "died",
            verdict.cause if verdict is not None else lost.cause,
            frames,
            lost.worker or (doing.worker if doing is not None else ""),
            task.attempt,
            self._spec,
        )
        if verdict is not None and verdict.kind == "memory" and self._policy.memory_bytes is not None:
            self._outgrown[index] += 1
            self._fail(failure, alone=True)
        elif (lost.is_sure and doing is not None) or (verdict is not None and verdict.kind == "timeout"):
            self._fail(failure)
        else:
            self._suspect(failure)

    def _fail(self, failure: Failure, *, alone: bool = False) -> None:
        """Count a failed attempt whose partition is to blame; try again where it may be tried again."""
        index = failure.index
        self._attempts[index] += 1
        self._failed_on[index].append(failure.worker)
        final = self._attempts[index] > self._policy.retries
        wait_s = 0.0 if final else self._policy.pause_s(self._attempts[index])
        self._tell_failure(failure, final=final, wait_s=wait_s)
        if final:
            return
        if alone:
            self._suspects.append(index)
        else:
            heapq.heappush(self._delayed, (time.monotonic() + wait_s, index))

    def _suspect(self, failure: Failure) -> None:
        index = failure.index
        self._deaths[index] += 1
        final = self._deaths[index] > DEATHS_ALONE
        self._tell_failure(failure, final=final)
        if not final:
            # the same one again: it is soon known whether any of them is to blame
            self._suspects.appendleft(index)

    def _tell_failure(self, failure: Failure, *, final: bool, wait_s: float = 0.0) -> None:
        fields = {name: getattr(failure, name) for name in failure.__slots__}
        self._events.emit("partition.failed", **fields, final=final, wait_s=wait_s)
        if final:
            self._tally.failed.add(failure.index)
