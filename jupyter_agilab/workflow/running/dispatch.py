"""What hands out tasks of all stages on one runner, and hears what became of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from jupyter_agilab.errors import OutputError
from jupyter_agilab.run.crew import Crew
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.runners import LostTask, Outcome, Runner
from jupyter_agilab.run.stop_request import GRACE_S
from jupyter_agilab.run.types import Task, TaskReport
from jupyter_agilab.workflow.running.claims import Account, overlap
from jupyter_agilab.workflow.running.frozen import FrozenWorkflow
from jupyter_agilab.workflow.running.ready_batcher import ANY_LANE, ReadyBatcher
from jupyter_agilab.workflow.running.roster import Roster
from jupyter_agilab.workflow.running.seats import GroupSeats, Seat, Seating
from jupyter_agilab.workflow.running.shared_runner import make_shared_runner, shared_spec
from jupyter_agilab.workflow.running.stage_run import StageRun

_WAIT_S = 0.2
_TEARDOWN_PATIENCE_S = 60.0
# a stage that found no room for what it claims is passed over so often, in tasks for each slot
_PATIENCE_TASKS = 3


class Dispatcher:
    """Hands out tasks: those of the deepest stages first, as far as there is room for what they claim.

    Parameters
    ----------
    frozen, run, events
        The workflow, the directory of its run, and its journal.
    stages
        Those that are on.
    should_stop
        Asked while workers, or replicas that end, are waited for.
    give_grace
        Called when a stop waits for replicas to end.
    """

    def __init__(
        self,
        frozen: FrozenWorkflow,
        run: RunDirectory,
        events: EventWriter,
        stages: Sequence[StageRun],
        should_stop: Callable[[], bool],
        give_grace: Callable[[], None],
    ) -> None:
        self._frozen, self._run, self._events = frozen, run, events
        self._on, self._should_stop, self._give_grace = stages, should_stop, give_grace
        self._deepest_first = sorted(stages, key=lambda stage: -stage.depth)
        names = dict.fromkeys(stage.stage.group for stage in stages if stage.stage.group)
        self._seating = Seating({name: frozen.workflow.group_of(name) for name in names})
        self._runner: Runner | None = None
        self._account: Account | None = None
        self._seen_changes = -1
        self._under_way: dict[int, tuple[StageRun, Seat | None]] = {}
        self.roster = Roster(Crew(events.emit))
        self.numbers = itertools.count(1)

    @property
    def under_way(self) -> int:
        """How many tasks are under way."""
        return len(self._under_way)

    @property
    def has_runner(self) -> bool:
        """Whether the runner was started."""
        return self._runner is not None

    def runner(self) -> Runner:
        """Give the runner; the first call starts it.

        Raises
        ------
        ClusterError
            No worker can be had, or none that has what a partition claims.
        """
        if self._runner is None:
            runner = make_shared_runner(self._frozen, self._on, self._frozen.workers, self._should_stop)
            self._runner = runner
            runner.start(shared_spec(self._frozen, self._run, self._on), self.roster)
            cluster = self._frozen.settings["cluster"] or "the cluster"
            place = "this machine" if self._frozen.backend != "dask" else cluster
            self._account = Account(runner.offers(), place)
            self._account.refuse_unsatisfiable({stage.name: stage.frozen.claims for stage in self._on})
        return self._runner

    def hand_out(self) -> None:
        """Hand out what can be done now."""
        if self._runner is None:
            return
        self._look_at_workers()
        if any(stage.execution is not None and stage.execution.is_examining for stage in self._on):
            return
        starved: list[StageRun] = []
        for stage in self._deepest_first:
            if stage.state != "running" or stage.execution is None:
                continue
            if any(overlap(stage.frozen.claims, other.frozen.claims) for other in starved):
                continue
            while len(self._under_way) < self._runner.slots and self._hand_out_of(stage):
                if stage.execution.is_examining:
                    return
            if stage.passed_over > _PATIENCE_TASKS * self._runner.slots:
                starved.append(stage)

    def _hand_out_of(self, stage: StageRun) -> bool:
        """Hand out one task of a stage where one can be; say whether."""
        assert stage.execution is not None
        assert self._account is not None
        limit = stage.stage.replicas
        if limit and stage.execution.under_way >= limit:
            return False
        if not self._account.has_room(stage.frozen.claims):
            stage.passed_over += 1
            return False
        if not stage.stage.group:
            return self._submit(stage, self._next_task(stage), None, None)
        group = self._seating.groups[stage.stage.group]
        for seat in self._offered(stage, group):
            if isinstance(stage.batcher, ReadyBatcher):
                stage.batcher.lane = seat.number
            if self._submit(stage, self._next_task(stage), group, seat):
                return True
        return False

    def _offered(self, stage: StageRun, group: GroupSeats) -> list[Seat]:
        """Give the free seats, those first that something of the stage waits for."""
        free = list(group.free())
        if isinstance(stage.batcher, ReadyBatcher):
            lanes = stage.batcher.lanes()
            free.sort(key=lambda seat: seat.number not in lanes)
        return free

    def _next_task(self, stage: StageRun) -> Task | None:
        assert stage.execution is not None
        return stage.execution.next_task(beside=len(self._under_way) - stage.execution.under_way)

    def _submit(
        self, stage: StageRun, task: Task | None, group: GroupSeats | None, seat: Seat | None
    ) -> bool:
        if task is None:
            return False
        assert self._runner is not None
        assert self._account is not None
        assert stage.crew is not None
        claims = stage.frozen.claims
        inputs = stage.feeding.inputs(task.indexes) if stage.feeding is not None else ()
        task = replace(
            task,
            run_dir=str(stage.run.path),
            inputs=inputs,
            claims=self._account.declared(claims),
            priority=stage.depth,
        )
        if group is not None and seat is not None:
            group.assign(stage.name, task.indexes, seat)
            worker = self._seating.place(seat, self.roster.crew.alive())
            seat.is_busy = seat.was_used = True
            task = replace(task, replica=seat.name, workers=(worker,) if worker else ())
        self._account.take(claims)
        stage.passed_over = 0
        self._under_way[task.number] = stage, seat
        self.roster.own(task.number, stage.crew)
        self._runner.submit(task)
        return True

    def _look_at_workers(self) -> None:
        """Take note of workers that have joined or were lost."""
        assert self._runner is not None
        assert self._account is not None
        if self.roster.crew.changes == self._seen_changes:
            return
        self._seen_changes = self.roster.crew.changes
        offers = self._runner.offers()
        if offers:
            self._account.fit(offers)
        for stage in self._on:
            if stage.batcher is not None:
                stage.batcher.fit(self._runner.slots)

    def lanes(self, stage: StageRun) -> Callable[[int], int]:
        """Give what says which replica a partition belongs to: the one that did what it needs."""
        if not stage.stage.group:
            return lambda index: ANY_LANE
        group = self._seating.groups[stage.stage.group]
        within = {each.name for each in self._on if each.stage.group == stage.stage.group}

        def lane_of(index: int) -> int:
            assert stage.feeding is not None
            for name, needed in stage.feeding.needs(index):
                if name in within and (seat := group.of(name, needed)) is not None:
                    return seat
            return ANY_LANE

        return lane_of

    def listen(self, wait_s: float) -> None:
        """Hear what became of tasks, waiting for the first; then look at the workers."""
        assert self._runner is not None
        for outcome in self._runner.wait(wait_s):
            self._hear(outcome)
        for stage in self._on:
            if stage.execution is not None and stage.execution.under_way:
                stage.execution.watch()

    def _hear(self, outcome: Outcome) -> None:
        stage, seat = self._under_way.pop(outcome.number)
        assert self._account is not None
        assert stage.execution is not None
        self._account.give_back(stage.frozen.claims)
        if seat is not None:
            seat.is_busy = False
        stage.execution.hear(outcome)
        self.roster.disown(outcome.number)

    def tear_down(self) -> None:
        """Let every replica that has begun call its group's ``teardown``, and wait until they have.

        After a stop a replica ends first what it is at, and there is less time for all that.
        """
        if self._runner is None:
            return
        asked = self._ask_to_end(self._runner)
        patience_s, is_stopping = _TEARDOWN_PATIENCE_S, False
        deadline = time.monotonic() + patience_s
        while asked and time.monotonic() < deadline:
            if not is_stopping and self._should_stop():
                is_stopping, patience_s = True, GRACE_S
                deadline = time.monotonic() + patience_s
                self._give_grace()
            for outcome in self._runner.wait(_WAIT_S):
                if outcome.number in asked:
                    self._tell_end(asked.pop(outcome.number), outcome)
                elif outcome.number in self._under_way:
                    # what it has done counts; that it cannot go on does not matter any more
                    with suppress(OutputError):
                        self._hear(outcome)
        for seat in asked.values():
            self._tell_end(seat, f"teardown had not ended after {patience_s:g} s, and its worker was ended")

    def _ask_to_end(self, runner: Runner) -> dict[int, Seat]:
        """Hand over what ends replicas; give them by the numbers of those tasks."""
        alive = self.roster.crew.alive()
        asked: dict[int, Seat] = {}
        for group, seat in self._seating:
            if not (group.group.teardown and seat.was_used and seat.worker in alive):
                continue
            stage = next(each for each in self._on if each.stage.group == group.group.name)
            task = Task(
                next(self.numbers),
                1,
                (),
                workers=(seat.worker,),
                run_dir=str(stage.run.path),
                replica=seat.name,
                ends_replica=True,
                # before what else its worker may have waiting after a stop
                priority=1 + max(each.depth for each in self._on),
            )
            asked[task.number] = seat
            runner.submit(task)
        return asked

    def _tell_end(self, seat: Seat, how: Outcome | str) -> None:
        """Tell how a replica ended: what its worker said, or a sentence."""
        failure = next(iter(how.failures), None) if isinstance(how, TaskReport) else None
        message = how.cause if isinstance(how, LostTask) else how if isinstance(how, str) else ""
        if failure is not None:
            message = f"{failure.error_type}: {failure.message}"
        self._events.emit(
            "replica.ended",
            replica=seat.name,
            worker=seat.worker,
            message=message,
            traceback=failure.traceback if failure is not None else "",
        )

    def end(self) -> None:
        """End all workers."""
        # they end with the driver at the latest
        with suppress(Exception):
            if self._runner is not None:
                self._runner.stop(at_once=self._should_stop())
