"""The loop that hands out batches, hears what became of them, retries and stops; one for all runners."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupyter_agilab.errors import OutputError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.batching import Batcher
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.runners.types import LostTask, Runner
from jupyter_agilab.run.types import Failure, Task, TaskReport

_WAIT_S = 0.2
_PIECES = 8
_MANY_SUSPECTS = 8
DEATHS_ALONE = 2


@dataclass(slots=True)
class Tally:
    """What came of the partitions that were handed out."""

    finished: int = 0
    failed: int = 0
    tasks: int = 0
    stopped: bool = False


class Execution:
    """Runs all partitions that a batcher hands out.

    A partition that raised is tried again alone, up to `retries` times. A batch whose worker died is taken
    apart and run again. A partition that was alone in such a batch is only suspected: on Dask the worker may
    have died of another task. Suspects run with nothing beside them, and count as failed after
    `DEATHS_ALONE` deaths there; so no partition is blamed for another one's crash. They run last, or when
    there are many of them: it may be that every partition kills its worker.

    Parameters
    ----------
    runner
        A runner that was started.
    partitions
        The plan's.
    tally
        Counts on from what it says; it is right also where `run` raises.
    retries, keep_going
        ``retries`` and ``on_failure = "finish"`` of the contract.
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
        retries: int,
        keep_going: bool,
        should_stop: Callable[[], bool],
    ) -> None:
        self._runner, self._batcher, self._partitions = runner, batcher, partitions
        self._events = events
        self._retries, self._keep_going, self._should_stop = retries, keep_going, should_stop
        self._tally = tally
        self._attempts: Counter[int] = Counter()
        self._deaths: Counter[int] = Counter()
        self._suspects: deque[int] = deque()
        self._is_examining = False
        self._under_way: dict[int, Task] = {}

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
                break
            for outcome in self._runner.wait(_WAIT_S):
                task = self._under_way.pop(outcome.number)
                if isinstance(outcome, LostTask):
                    self._lose(outcome, task)
                else:
                    self._count(outcome, task)
        # after a stop, what is under way is lost; what is finished has its index
        self._tally.stopped = stopping

    def _next_batch(self) -> list[int]:
        if self._tally.failed and not self._keep_going:
            return []
        if not self._under_way:
            self._is_examining = False
        if self._suspects and (not self._batcher or len(self._suspects) >= _MANY_SUSPECTS):
            if self._under_way:
                return []
            self._is_examining = True
            return [self._suspects.popleft()]
        return [] if self._is_examining else self._batcher.next()

    def _submit(self, batch: list[int]) -> None:
        self._tally.tasks += 1
        attempt = 1 + max(self._attempts[index] + self._deaths[index] for index in batch)
        task = Task(self._tally.tasks, attempt, tuple(batch))
        self._under_way[task.number] = task
        self._events.emit(
            "task.started", task=task.number, attempt=attempt, partitions=len(batch), first=batch[0]
        )
        self._runner.submit(task)

    def _count(self, report: TaskReport, task: Task) -> None:
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
            bytes=report.bytes,
            records=report.records,
            slowest_s=round(report.slowest_s, 6),
            peak_memory_bytes=report.peak_memory_bytes,
        )
        for failure in report.failures:
            self._attempts[failure.index] += 1
            final = self._attempts[failure.index] > self._retries
            self._tell_failure(failure, final=final)
            if not final:
                self._batcher.put_back([failure.index])
        heard = {*report.indexes, *(failure.index for failure in report.failures)}
        left = [index for index in task.indexes if index not in heard]
        if left:
            self._batcher.put_back(left)

    def _lose(self, lost: LostTask, task: Task) -> None:
        if lost.fatal:
            raise OutputError(lost.cause, hint="run again when that is put right: finished work is kept")
        if len(task.indexes) > 1:
            self._batcher.put_back(task.indexes, parts=_PIECES)
            return
        partition = self._partitions[task.indexes[0]]
        self._deaths[partition.index] += 1
        failure = Failure(
            index=partition.index,
            partition=partition.id,
            described=partition.describe(),
            error_type="WorkerLost",
            message=lost.cause,
            traceback="",
            worker=lost.worker,
            attempt=self._deaths[partition.index],
        )
        final = self._deaths[partition.index] > DEATHS_ALONE
        self._tell_failure(failure, final=final)
        if not final:
            # the same one again: it is soon known whether any of them is to blame
            self._suspects.appendleft(partition.index)

    def _tell_failure(self, failure: Failure, *, final: bool) -> None:
        fields = {name: getattr(failure, name) for name in failure.__slots__}
        self._events.emit("partition.failed", **fields, final=final)
        self._tally.failed += final
