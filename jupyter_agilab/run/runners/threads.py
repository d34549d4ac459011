"""``pool`` with threads of the driver's process as workers, for work that frees the GIL."""

from __future__ import annotations

import ctypes
import os
import queue
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_agilab.run.notes import Doing
from jupyter_agilab.run.runners.types import LostTask, Outcome, WorkerEvent, given_up
from jupyter_agilab.run.stuck import Frame, stack_of_thread
from jupyter_agilab.run.types import StageSpec, Task
from jupyter_agilab.run.work import run_task, spec_of_run

NAME = "thread-"
"""Workers are called so, with a number from 0."""


class _Ended(BaseException):  # no error; not an Exception, since the author's function may catch those
    """Raised in a thread whose task was ended."""


@dataclass(slots=True, eq=False)
class _Worker:
    name: str
    tasks: queue.SimpleQueue[Task | None] = field(default_factory=queue.SimpleQueue)
    thread: threading.Thread | None = None
    task: Task | None = None
    given_up: bool = False


class ThreadRunner:
    """Runs tasks in threads of this process.

    A thread cannot be killed. One that is to end gets an exception, which Python code hears at its next
    step; one that is in foreign code is left to itself, and another thread takes its place.

    Parameters
    ----------
    keeps_names
        Whether a thread that takes the place of another has its name, so that what is pinned to the name goes
        on.
    """

    name = "pool (threads)"

    def __init__(
        self,
        workers: int,
        *,
        keep_going: bool,
        should_stop: Callable[[], bool],
        keeps_names: bool = False,
    ) -> None:
        self.slots = workers
        self._keep_going = keep_going
        self._keeps_names = keeps_names
        self._host = socket.gethostname()
        self._should_stop = should_stop
        self._stopped = threading.Event()
        self._workers: list[_Worker] = []
        self._started = 0
        self._waiting: deque[Task] = deque()
        self._done: queue.SimpleQueue[tuple[_Worker, Outcome]] = queue.SimpleQueue()
        self._spec: StageSpec | None = None
        self._on_event: WorkerEvent = lambda *_, **__: None

    def start(self, spec: StageSpec, on_event: WorkerEvent) -> None:
        """See `Runner.start`."""
        self._spec, self._on_event = spec, on_event
        for _ in range(self.slots):
            self._start_worker()

    def offers(self) -> Sequence[Mapping[str, float]]:
        """See `Runner.offers`."""
        return ()

    def submit(self, task: Task) -> None:
        """See `Runner.submit`."""
        self._waiting.append(task)
        self._hand_out()

    def wait(self, timeout_s: float) -> list[Outcome]:
        """See `Runner.wait`."""
        outcomes: list[Outcome] = []
        try:
            self._hear(*self._done.get(timeout=timeout_s), outcomes)
            while True:
                self._hear(*self._done.get_nowait(), outcomes)
        except queue.Empty:
            pass
        self._hand_out()
        return outcomes

    def end_task(self, doing: Doing) -> list[Frame]:
        """See `Runner.end_task`."""
        worker = next((each for each in self._workers if each.task and each.task.number == doing.task), None)
        if worker is None or worker.thread is None or worker.task is None:
            return []
        frames = stack_of_thread(worker.thread)
        worker.given_up = True
        # https://docs.python.org/3/c-api/init.html#c.PyThreadState_SetAsyncExc
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(worker.thread.ident or 0), ctypes.py_object(_Ended)
        )
        self._workers.remove(worker)
        self._on_event("worker.lost", worker=worker.name, cause="its task was ended")
        self._done.put((worker, LostTask(worker.task.number, worker.name, "its task was ended")))
        self._start_worker(worker.name if self._keeps_names else "")
        return frames

    def stop(self, *, at_once: bool = False) -> None:
        """Let every thread end after its partition; does not wait, the driver's end ends them."""
        self._stopped.set()
        for worker in self._workers:
            worker.tasks.put(None)

    def _start_worker(self, name: str = "") -> None:
        if not name:
            name = f"{NAME}{self._started}"
            self._started += 1
        worker = _Worker(name)
        self._on_event("worker.joined", worker=name, host=self._host, pid=os.getpid())
        # daemon: a partition that never ends must not keep a stopped driver alive
        worker.thread = threading.Thread(target=self._work, args=(worker,), name=worker.name, daemon=True)
        worker.thread.start()
        self._workers.append(worker)

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.task is None and (task := self._task_for(worker)) is not None:
                worker.task = task
                self._on_event("task.taken", task=task.number, worker=worker.name)
                worker.tasks.put(task)

    def _task_for(self, worker: _Worker) -> Task | None:
        """Take the next task that is not pinned to others."""
        for task in self._waiting:
            if not task.workers or worker.name in task.workers or self._host in task.workers:
                self._waiting.remove(task)
                return task
        return None

    def _hear(self, worker: _Worker, outcome: Outcome, outcomes: list[Outcome]) -> None:
        if worker.given_up and not isinstance(outcome, LostTask):
            # its task was given out again; what it did all the same are the same bytes
            return
        worker.task = None
        outcomes.append(outcome)

    def _work(self, worker: _Worker) -> None:
        assert self._spec is not None
        while (task := worker.tasks.get()) is not None and not worker.given_up:
            try:
                outcome: Outcome = run_task(
                    spec_of_run(task.run_dir) if task.run_dir else self._spec,
                    task,
                    worker.name,
                    keep_going=self._keep_going,
                    shares_process=True,
                    should_stop=lambda: worker.given_up or self._stopped.is_set() or self._should_stop(),
                )
            except _Ended:
                return
            except Exception as error:  # noqa: BLE001  # told to the loop, which decides
                outcome = given_up(task, worker.name, error)
            if not worker.given_up:
                self._done.put((worker, outcome))
