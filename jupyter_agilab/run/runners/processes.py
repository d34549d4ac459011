"""``pool``: worker processes of this machine, each with a pipe to the driver.

A worker that dies takes only its own task with it: the loop hears which, starts another worker in its place
and gives the work out again. `concurrent.futures` and loky break the whole pool when one worker dies and
cannot say which task it had, which is why the pool is our own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.notes import Doing
from jupyter_agilab.run.orders import print_to
from jupyter_agilab.run.runners.types import LostTask, Outcome, WorkerEvent, given_up
from jupyter_agilab.run.stuck import Frame, answer_where, ask_where
from jupyter_agilab.run.types import StageSpec, Task

# A clean process that has imported what workers need forks them: fresh (no lock, thread or file of the
# driver is inherited) and fast, also when a dead worker is replaced.
_context = multiprocessing.get_context("forkserver")
NAME = "worker-"
"""Workers are called so, with a number from 0."""

_FORK_SERVER_IS_GONE = 255
_PATIENCE_S = (0.05, 0.2, 1.0)
_ENDED = "it was ended for what its partition did"
# what a crash of the process itself looks like; other signals come from somebody else
_CRASHES = frozenset(
    getattr(signal, name) for name in ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL", "SIGSYS")
)


@dataclass(slots=True)
class _Worker:
    name: str
    process: ForkServerProcess
    pipe: Connection
    task: Task | None = None
    is_ended: bool = False


class ProcessRunner:
    """Runs tasks in worker processes of this machine.

    Parameters
    ----------
    name
        ``pool``, or ``local`` for the one worker that takes one partition after another: a process of its
        own too, so that whatever a partition does, the driver lives on to tell it.
    keeps_names
        Whether a worker that takes the place of a lost one has its name, so that what is pinned to the name
        goes on.
    environment
        Variables for the workers, which come from a process that may have started before they were known.
    """

    def __init__(
        self,
        workers: int,
        *,
        keep_going: bool,
        name: str = "pool",
        keeps_names: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.slots = workers
        self._keep_going = keep_going
        self._keeps_names = keeps_names
        self._environment = dict(environment or {})
        self._host = socket.gethostname()
        self._workers: list[_Worker] = []
        self._waiting: deque[Task] = deque()
        self._started = 0
        self._spec: StageSpec | None = None
        self._on_event: WorkerEvent = lambda *_, **__: None

    def start(self, spec: StageSpec, on_event: WorkerEvent) -> None:
        """See `Runner.start`."""
        self._spec, self._on_event = spec, on_event
        _context.set_forkserver_preload(["jupyter_agilab.run.runners.processes", "jupyter_agilab.run.work"])
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
        watched: dict[Any, _Worker] = {}
        for worker in self._workers:
            watched[worker.pipe] = watched[worker.process.sentinel] = worker
        outcomes: list[Outcome] = []
        seen: set[str] = set()
        for ready in wait(list(watched), timeout_s):
            worker = watched[ready]
            if worker.name in seen:
                continue
            seen.add(worker.name)
            outcomes.extend(self._hear(worker))
        self._hand_out()
        return outcomes

    def end_task(self, doing: Doing) -> list[Frame]:
        """See `Runner.end_task`."""
        assert self._spec is not None
        frames: list[Frame] = []
        for worker in self._workers:
            if worker.task is not None and worker.task.number == doing.task:
                if worker.process.pid is not None:
                    frames = ask_where(RunDirectory(Path(self._spec.run_dir)), worker.process.pid)
                worker.is_ended = True
                _kill(worker)
        return frames

    def stop(self, *, at_once: bool = False) -> None:
        """See `Runner.stop`."""
        for worker in self._workers:
            worker.pipe.close()
            _kill(worker)
        for worker in self._workers:
            worker.process.join(5)
        self._workers.clear()
        self._waiting.clear()

    def _start_worker(self, name: str = "") -> None:
        if not name:
            name = f"{NAME}{self._started}"
            self._started += 1
        for patience_s in (*_PATIENCE_S, None):
            try:
                process, ours = self._process(name)
                break
            except (OSError, EOFError) as error:
                # a fork server that is dying takes what it is asked; a new one is started once it is dead
                if patience_s is None or not isinstance(error, (ConnectionError, EOFError)):
                    raise ClusterError(
                        f"worker processes cannot be started: {error}",
                        hint="look for a limit on processes or open files, "
                        "and for a TMPDIR with a very long path",
                    ) from error
                time.sleep(patience_s)
        self._workers.append(_Worker(name, process, ours))
        self._on_event("worker.joined", worker=name, host=self._host, pid=process.pid)

    def _process(self, name: str) -> tuple[ForkServerProcess, Connection]:
        """Start a process and give it with our end of its pipe."""
        assert self._spec is not None
        ours, theirs = _context.Pipe()
        process = _context.Process(
            # not a daemon, since those may not start processes and the user's function may want to
            target=_work,
            args=(theirs, self._spec, name, self._keep_going, self._environment),
            name=name,
        )
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return process, ours

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.task is None and (task := self._task_for(worker)) is not None:
                worker.task = task
                self._on_event("task.taken", task=task.number, worker=worker.name)
                # a worker that is dying is heard of in the next `wait`, with the task it was given
                with suppress(OSError):
                    worker.pipe.send(task)

    def _task_for(self, worker: _Worker) -> Task | None:
        """Take the next task that is not pinned to others, and that the worker need not avoid.

        What every worker that may do it has failed at is avoided by none.
        """
        names = {each.name for each in self._workers}
        for task in self._waiting:
            may = (
                names if not task.workers or self._host in task.workers else names.intersection(task.workers)
            )
            if worker.name in may and (worker.name not in task.avoid or may <= set(task.avoid)):
                self._waiting.remove(task)
                return task
        return None

    def _hear(self, worker: _Worker) -> list[Outcome]:
        try:
            if worker.pipe.poll():
                outcome: Outcome = worker.pipe.recv()
                worker.task = None
                return [outcome]
        except (EOFError, OSError):
            pass
        if worker.process.is_alive():
            worker.process.join(1)
        cause = cause_of_death(worker.process.exitcode) if not worker.is_ended else _ENDED
        self._on_event("worker.lost", worker=worker.name, cause=cause)
        worker.pipe.close()
        _kill(worker)
        self._workers.remove(worker)
        self._start_worker(worker.name if self._keeps_names else "")
        if worker.task is None:
            return []
        return [LostTask(worker.task.number, worker.name, cause, is_sure=is_a_crash(worker.process.exitcode))]


def _kill(worker: _Worker) -> None:
    with suppress(OSError):
        if worker.process.exitcode == _FORK_SERVER_IS_GONE and worker.process.pid is not None:
            # it only counts as ended, so that `Process.kill` would do nothing
            os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.kill()


def is_a_crash(code: int | None) -> bool:
    """Say whether an exit code tells that a process ended by its own doing."""
    if code is None or code == _FORK_SERVER_IS_GONE:
        return False
    return code >= 0 or -code in _CRASHES


def cause_of_death(code: int | None) -> str:
    """Say how a worker process ended, as a sentence."""
    if code is None:
        return "the worker stopped answering"
    if code >= 0:
        return f"the worker process exited with code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        more = ", often because memory ran out" if name == "SIGKILL" else ""
        return f"the worker process was killed by {name}{more}"
    return f"the worker process was killed by signal {-code}"


def _work(
    pipe: Connection, spec: StageSpec, name: str, keep_going: bool, environment: Mapping[str, str]
) -> None:
    """Be a worker: answer tasks until the pipe closes."""
    os.environ.update(environment)
    # the process that it was forked from came up before the run had a log
    print_to(RunDirectory(Path(spec.run_dir)))
    # the driver imports this module too, and runs no partition
    from jupyter_agilab.run.work import run_task, spec_of_run

    # an interrupt in a terminal goes to the driver, which decides what ends
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer_where(RunDirectory(Path(spec.run_dir)))
    _offer_to_the_kernel()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        outcome: Outcome
        try:
            told = spec_of_run(task.run_dir) if task.run_dir else spec
            outcome = run_task(told, task, name, keep_going=keep_going)
        except Exception as error:  # noqa: BLE001  # told to the loop, which decides
            outcome = given_up(task, name, error)
        try:
            pipe.send(outcome)
        except OSError:
            return


def _offer_to_the_kernel() -> None:
    """Let the kernel choose this process before the driver when memory runs out (Linux, proc(5))."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")


def _end_with_parent() -> None:
    """End this process when the driver is gone, also in the middle of a partition."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
