"""Places of this machine: a call runs once what it needs is done, a worker free and what it claims too."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from jupyter_agilab.errors import UsageError
from jupyter_agilab.live.calls import Call
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.ledger import Ledger
from jupyter_agilab.live.places.place import Place
from jupyter_agilab.planning.arithmetic import available_cores, requested_workers

HERE = "this machine"


@dataclass(frozen=True, slots=True)
class Work:
    """A call that is ready; ``prepared`` is what the place made of it when it was submitted."""

    handle: Handle
    call: Call
    prepared: Any


@dataclass(slots=True, eq=False)
class Lane:
    """A worker: a thread of this process, which runs calls itself or has a process of its own run them."""

    name: str
    is_bound: bool
    ledger: Ledger
    given: SimpleQueue[Work | None] = field(default_factory=SimpleQueue)
    waiting: deque[Work] = field(default_factory=deque)
    is_free: bool = True
    thread: threading.Thread | None = None
    process: Any = None


class OnThisMachine(Place):
    """What threads and processes have in common.

    Parameters
    ----------
    workers
        Calls that run at once; those that are bound to a worker of their own come on top.
    resources
        What calls can claim, by name; ``cpus`` and ``memory`` (bytes) are known by default.
    """

    def __init__(self, name: str, workers: int | None, resources: Mapping[str, float] | None) -> None:
        super().__init__(name)
        if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
            raise UsageError(f"workers must be a whole number above 0, got {workers!r}")
        cores = available_cores()
        self.workers = workers or requested_workers("auto", None)
        usual = {"cpus": float(max(cores, self.workers)), "memory": float(_memory_bytes())}
        self._resources = {**usual, **(resources or {})}
        self._lock = threading.Lock()
        self._ledger = Ledger(self._resources)
        self._lanes: dict[str, Lane] = {}
        self._free: deque[Lane] = deque()
        self._ready: deque[Work] = deque()
        self._made = 0

    def offers(self) -> Mapping[str, Mapping[str, float]]:
        """See `Place.offers`; all workers share the machine."""
        return {HERE: self._resources}

    def new_worker(self, name: str, claims: Mapping[str, float]) -> str:
        """See `Place.new_worker`: one more, for nothing else."""
        self.open()
        with self._lock:
            return self._add_lane(f"{name}-{self._made}", is_bound=True).name

    def give_back(self, worker: str) -> None:
        """See `Place.give_back`."""
        with self._lock:
            lane = self._lanes.pop(worker, None)
        if lane is not None:
            self._end([lane])

    def has_worker(self, worker: str) -> bool:
        """See `Place.has_worker`: where its process dies, another takes its place."""
        return worker in self._lanes

    def _open(self) -> None:
        with self._lock:
            self._ledger = Ledger(self._resources)
            for number in range(self.workers):
                self._free.append(self._add_lane(f"worker-{number}", is_bound=False))

    def _close(self) -> None:
        with self._lock:
            lanes = list(self._lanes.values())
            self._lanes.clear()
            self._free.clear()
            self._ready.clear()
        self._end(lanes)

    def _end(self, lanes: Sequence[Lane]) -> None:
        for lane in lanes:
            lane.given.put(None)
            self._stop_lane(lane)

    def _add_lane(self, name: str, *, is_bound: bool) -> Lane:
        self._made += 1
        lane = Lane(name, is_bound, self._ledger)
        self._start_lane(lane)
        self._lanes[name] = lane
        lane.thread = threading.Thread(
            target=self._serve, args=(lane,), name=f"{self.name}-{name}", daemon=True
        )
        lane.thread.start()
        return lane

    def _send(self, handle: Handle, call: Call) -> None:
        work = Work(handle, call, self._prepare(handle, call))
        if not handle.needs:
            self._add_ready(work)
            return
        left = _Left(len(handle.needs), self, work)
        for needed in handle.needs:
            needed.on_done(left.one)

    def _cancel(self, handle: Handle) -> None:
        """Nothing is to be done: what is settled is left out when its turn comes."""

    def _add_ready(self, work: Work) -> None:
        with self._lock:
            if work.call.worker:
                lane = self._lanes.get(work.call.worker)
                (self._ready if lane is None else lane.waiting).append(work)
            else:
                self._ready.append(work)
        self._hand_out()

    def _hand_out(self) -> None:
        """Give ready calls to free workers in their order; a claim that waits holds back others like it."""
        with self._lock:
            held: dict[str, float] = {}
            for lane in self._lanes.values():
                while lane.waiting and lane.waiting[0].handle.is_done:
                    lane.waiting.popleft()
            bound = [lane for lane in self._lanes.values() if lane.is_free and lane.waiting]
            for lane in sorted(bound, key=lambda each: each.waiting[0].handle.submitted):
                if self._ledger.take(lane.waiting[0].call.claims, held):
                    self._give(lane, lane.waiting.popleft())
            passed: list[Work] = []
            while self._ready and self._free:
                work = self._ready.popleft()
                if work.handle.is_done:
                    continue
                if self._ledger.take(work.call.claims, held):
                    self._give(self._free.popleft(), work)
                else:
                    passed.append(work)
            self._ready.extendleft(reversed(passed))

    def _give(self, lane: Lane, work: Work) -> None:
        lane.is_free = False
        lane.given.put(work)

    def _serve(self, lane: Lane) -> None:
        """Be a worker's thread."""
        while (work := lane.given.get()) is not None:
            self._do(lane, work)
            # what is kept of a call must not live until the next one comes
            del work

    def _do(self, lane: Lane, work: Work) -> None:
        from time import time

        work.handle.started, work.handle.ran_on = time(), lane.name
        error: BaseException | None = None
        try:
            self._run(lane, work)
        except BaseException as raised:  # noqa: BLE001  # the call's own, told to whoever asks for its result
            error = raised
        with self._lock:
            lane.ledger.give(work.call.claims)
            lane.is_free = True
            # one that was at work when the place was closed ends, also where that was opened again
            if not lane.is_bound and self._lanes.get(lane.name) is lane:
                self._free.append(lane)
        work.handle.settle("finished" if error is None else "failed", error)
        self._hand_out()

    @abstractmethod
    def _prepare(self, handle: Handle, call: Call) -> Any:
        """Make of a call what is kept until it runs."""

    @abstractmethod
    def _start_lane(self, lane: Lane) -> None: ...

    @abstractmethod
    def _stop_lane(self, lane: Lane) -> None: ...

    @abstractmethod
    def _run(self, lane: Lane, work: Work) -> None:
        """Run a call and keep its value in its handle; raises what it raises."""


class _Left:
    """Counts what a call still waits for."""

    def __init__(self, count: int, place: OnThisMachine, work: Work) -> None:
        self._count, self._place, self._work = count, place, work
        self._lock = threading.Lock()

    def one(self, done: Handle) -> None:
        if done.state != "finished":
            self._work.handle.settle_not_run(done)
            return
        with self._lock:
            self._count -= 1
            is_ready = self._count == 0
        if is_ready:
            self._place._add_ready(self._work)


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
