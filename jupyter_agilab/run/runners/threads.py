"""``pool`` with threads of the driver's process as workers, for work that frees the GIL."""

from __future__ import annotations

import os
import queue
import socket
import threading
from collections.abc import Callable

from jupyter_agilab.run.runners.types import Outcome, WorkerEvent, given_up
from jupyter_agilab.run.types import StageSpec, Task
from jupyter_agilab.run.work import run_task


class ThreadRunner:
    """Runs tasks in threads of this process; a partition that is under way cannot be interrupted."""

    name = "pool (threads)"

    def __init__(self, workers: int, *, keep_going: bool, should_stop: Callable[[], bool]) -> None:
        self.slots = workers
        self._keep_going = keep_going
        self._should_stop = should_stop
        self._stopped = threading.Event()
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()

    def start(self, spec: StageSpec, on_event: WorkerEvent) -> None:
        """See `Runner.start`."""
        for number in range(self.slots):
            worker = f"thread-{number}"
            on_event("worker.joined", worker=worker, host=socket.gethostname(), pid=os.getpid())
            # daemon: a partition that never ends must not keep a stopped driver alive
            threading.Thread(target=self._work, args=(spec, worker), name=worker, daemon=True).start()

    def submit(self, task: Task) -> None:
        """See `Runner.submit`."""
        self._tasks.put(task)

    def wait(self, timeout_s: float) -> list[Outcome]:
        """See `Runner.wait`."""
        done: list[Outcome] = []
        try:
            done.append(self._done.get(timeout=timeout_s))
            while True:
                done.append(self._done.get_nowait())
        except queue.Empty:
            return done

    def stop(self) -> None:
        """Let every thread end after its partition; does not wait, the driver's end ends them."""
        self._stopped.set()
        for _ in range(self.slots):
            self._tasks.put(None)

    def _work(self, spec: StageSpec, worker: str) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                self._done.put(
                    run_task(
                        spec,
                        task,
                        worker,
                        keep_going=self._keep_going,
                        should_stop=lambda: self._stopped.is_set() or self._should_stop(),
                    )
                )
            except Exception as error:  # noqa: BLE001  # told to the loop, which decides
                self._done.put(given_up(task, worker, error))
