"""``local``: one partition after another in the driver's own process; the first proof that a stage works."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable

from jupyter_agilab.run.runners.types import Outcome, WorkerEvent, given_up
from jupyter_agilab.run.types import StageSpec, Task
from jupyter_agilab.run.work import run_task


class LocalRunner:
    """Runs tasks in this process, in `wait`."""

    name = "local"
    slots = 1

    def __init__(self, *, keep_going: bool, should_stop: Callable[[], bool]) -> None:
        self._keep_going = keep_going
        self._should_stop = should_stop
        self._tasks: deque[Task] = deque()
        self._spec: StageSpec | None = None

    def start(self, spec: StageSpec, on_event: WorkerEvent) -> None:
        """See `Runner.start`."""
        self._spec = spec
        on_event("worker.joined", worker="local", host=socket.gethostname(), pid=os.getpid())

    def submit(self, task: Task) -> None:
        """See `Runner.submit`."""
        self._tasks.append(task)

    def wait(self, timeout_s: float) -> list[Outcome]:
        """Run the oldest task; blocks until it is done."""
        if not self._tasks or self._spec is None:
            return []
        task = self._tasks.popleft()
        try:
            return [
                run_task(
                    self._spec, task, "local", keep_going=self._keep_going, should_stop=self._should_stop
                )
            ]
        except Exception as error:  # noqa: BLE001  # told to the loop, which decides
            return [given_up(task, "local", error)]

    def stop(self) -> None:
        """See `Runner.stop`: nothing of its own is left."""
        self._tasks.clear()
