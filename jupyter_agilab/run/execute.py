"""What hands out batches, hears what became of them, retries and stops; one for all runners.

Its loop is `Execution.run`. Where the stages of a workflow share a runner, another loop takes the same steps
for each of them: `jupyter_agilab.workflow.running`.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from jupyter_agilab.errors import OutputError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.pins import NOT_PINNED
from jupyter_agilab.run.batching import PartitionBatcher
from jupyter_agilab.run.crew import Crew
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.index_ranges import ranges_text
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.losses import failure_of_loss
from jupyter_agilab.run.notes import NoteReader
from jupyter_agilab.run.pinned_batching import PinnedBatcher
from jupyter_agilab.run.pinning import Pinning
from jupyter_agilab.run.policy import Policy
from jupyter_agilab.run.runners.types import LostTask, Outcome, Runner
from jupyter_agilab.run.stuck import Frame
from jupyter_agilab.run.types import Failure, StageSpec, Task, TaskReport
from jupyter_agilab.run.watchdog import Verdict, Watchdog

_WAIT_S = 0.2
_PIECES = 8
_MANY_SUSPECTS = 8
DEATHS_ALONE = 2
SPARED = 4
"""So many times a partition may lose its worker to a batch system, or to somebody, before it is suspected."""


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
    crew
        What it tells of its workers.
    pinning
        Where partitions are pinned to workers; `batcher` then knows of it too.
    partitions
        The plan's.
    tally
        Counts on from what it says; it is right also where `run` raises.
    should_stop
        Asked at least five times a second.
    numbers
        Gives the numbers of tasks, where several executions share a runner.
    has_room
        Whether a partition may be handed out now, as far as others than `pinning` say.
    on_report, on_failed
        Called with each answer that has results, and with each partition that has failed for good.
    """

    def __init__(
        self,
        runner: Runner,
        crew: Crew,
        batcher: PartitionBatcher,
        partitions: Sequence[Partition],
        events: EventWriter,
        tally: Tally,
        *,
        spec: StageSpec,
        run: RunDirectory,
        policy: Policy,
        should_stop: Callable[[], bool],
        pinning: Pinning | None = None,
        numbers: Iterator[int] | None = None,
        has_room: Callable[[int], bool] = lambda index: True,
        on_report: Callable[[TaskReport], None] = lambda report: None,
        on_failed: Callable[[Failure], None] = lambda failure: None,
    ) -> None:
        self._runner, self._batcher, self._partitions = runner, batcher, partitions
        self._crew, self._pinning = crew, pinning
        crew.on_taken = self.tell_start
        self._events, self._spec, self._policy, self._should_stop = events, spec, policy, should_stop
        self._tally = tally
        self._may_go = has_room
        self._numbers, self._on_report, self._on_failed = numbers, on_report, on_failed
        self._attempts: Counter[int] = Counter()
        self._deaths: Counter[int] = Counter()
        self._outgrown: Counter[int] = Counter()
        self._spared: Counter[int] = Counter()
        self._failed_on: defaultdict[int, list[str]] = defaultdict(list)
        self._suspects: deque[int] = deque()
        self._delayed: list[tuple[float, int]] = []
        self._is_examining = False
        self._under_way: dict[int, Task] = {}
        self._untold: dict[int, Task] = {}
        self._verdicts: dict[int, tuple[Verdict, list[Frame]]] = {}
        self._watchdog = Watchdog(NoteReader(run.notes), events.emit, timeout_s=policy.timeout_s)

    def run(self) -> None:
        """Run them; blocks until they are done, failed or stopped.

        Raises
        ------
        OutputError
            Results cannot be written; what was written before stays.
        """
        slots = self._runner.slots
        while not (stopping := self._should_stop()):
            if slots != self._runner.slots:
                slots = self._runner.slots
                self._batcher.fit(slots)
            while len(self._under_way) < self._runner.slots and (task := self.next_task()) is not None:
                self._runner.submit(task)
            if not self._under_way:
                if self.is_done:
                    break
                if (pause := self.pause_s()) > 0:
                    time.sleep(min(_WAIT_S, pause))
                    continue
            # with nothing under way, it is told who comes back
            for outcome in self._runner.wait(_WAIT_S):
                self.hear(outcome)
            self.watch()
        # after a stop, what is under way is lost; what is finished has its index
        self._tally.stopped = stopping

    @property
    def under_way(self) -> int:
        """How many tasks are under way."""
        return len(self._under_way)

    @property
    def is_done(self) -> bool:
        """Whether nothing is under way, and nothing will be handed out any more."""
        if self._under_way:
            return False
        return self._is_giving_up() or not (self._delayed or self._batcher or self._suspects)

    @property
    def is_examining(self) -> bool:
        """Whether a suspected partition is under way, beside which nothing else may run."""
        return self._is_examining and bool(self._under_way)

    def pause_s(self) -> float:
        """Give how long it is until a partition may be tried again; 0 where one may, or none waits."""
        return max(0.0, self._delayed[0][0] - time.monotonic()) if self._delayed else 0.0

    def next_task(self, *, beside: int = 0) -> Task | None:
        """Give the task to hand over next, which is under way from then on; None where there is none now.

        Parameters
        ----------
        beside
            How many tasks of others are under way on the same runner.
        """
        batch = self._next_batch(beside)
        return self._begin(batch) if batch else None

    def hear(self, outcome: Outcome) -> Task:
        """Take what became of a task; give the task.

        Raises
        ------
        OutputError
            Results cannot be written.
        """
        task = self._under_way.pop(outcome.number)
        if self._pinning is not None:
            self._pinning.end(task.indexes[0])
        if isinstance(outcome, LostTask):
            self._lose(outcome, task)
        else:
            self.tell_start(task.number, outcome.worker)
            self._count(outcome, task)
        return task

    def watch(self) -> None:
        """Look at the workers that are at tasks of this stage; does next to nothing within 0.2 s."""
        if self._pinning is not None:
            self._pinning.check(self._waiting_pins())
        limits = {task.number: self._limit(task) for task in self._under_way.values()}
        for verdict in self._watchdog.look(limits):
            number = verdict.doing.task
            if number is not None and number not in self._verdicts:
                self._verdicts[number] = verdict, self._runner.end_task(verdict.doing)
        if self._untold:
            for doing in self._watchdog.working:
                if doing.task in self._untold:
                    self.tell_start(doing.task, self._crew.name_of(doing.worker))

    def _is_giving_up(self) -> bool:
        return bool(self._tally.failed) and not self._policy.keep_going

    def _next_batch(self, beside: int) -> list[int]:
        if self._is_giving_up():
            return []
        if not self._under_way:
            self._is_examining = False
        if self._suspects and (not self._batcher or len(self._suspects) >= _MANY_SUSPECTS):
            if self._under_way or beside:
                return []
            if not self._has_room(self._suspects[0]):
                return []
            self._is_examining = True
            return [self._suspects.popleft()]
        if self._is_examining:
            return []
        if self._delayed and self._delayed[0][0] <= time.monotonic() and self._has_room(self._delayed[0][1]):
            return [heapq.heappop(self._delayed)[1]]
        if self._pinning is None:
            return self._batcher.next()
        return self._batcher.next(self._pinning.busy, self._pinning.room())

    def _has_room(self, index: int) -> bool:
        return self._may_go(index) and (self._pinning is None or self._pinning.has_room(index))

    def _begin(self, batch: list[int]) -> Task:
        self._tally.tasks += 1
        number = next(self._numbers) if self._numbers is not None else self._tally.tasks
        attempt = 1 + max(self._attempts[index] + self._deaths[index] for index in batch)
        avoid = tuple(self._failed_on.get(batch[0], ())) if len(batch) == 1 else ()
        workers = self._pinning.begin(batch[0]) if self._pinning is not None else ()
        task = Task(number, attempt, tuple(batch), avoid, workers)
        self._under_way[number] = self._untold[number] = task
        return task

    def tell_start(self, number: int, worker: str) -> None:
        """Tell that a worker takes up a task, or was seen to be at it; once."""
        task = self._untold.pop(number, None)
        if task is None:
            return
        known = {"worker": worker} if worker else {}
        self._events.emit(
            "task.started",
            task=task.number,
            attempt=task.attempt,
            partitions=len(task.indexes),
            first=task.indexes[0],
            indexes=ranges_text(task.indexes),
            **known,
        )

    def _waiting_pins(self) -> Iterator[int]:
        """Give the targets that have partitions to be handed out."""
        assert self._pinning is not None
        if isinstance(self._batcher, PinnedBatcher):
            yield from self._batcher.waiting()
        for index in (*self._suspects, *(index for _, index in self._delayed)):
            if self._pinning.pins.of[index] != NOT_PINNED:
                yield self._pinning.pins.of[index]

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
            self._on_report(report)
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
        who = lost.worker or (self._crew.name_of(doing.worker) if doing is not None else "")
        self.tell_start(task.number, who)
        self._events.emit("task.lost", task=task.number, attempt=task.attempt, worker=who, cause=lost.cause)
        if lost.is_innocent and verdict is None:
            at = doing.index if doing is not None else None
            self._spared[task.indexes[0] if at is None else at] += 1
            # a partition that takes longer than the walltime of a job would come back for ever
            if self._spared[task.indexes[0] if at is None else at] <= SPARED:
                self._batcher.put_back(task.indexes)
                return
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
            who,
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
            self._on_failed(failure)
