"""``dask``: a `distributed.LocalCluster` that the run starts and closes, or a scheduler that is there."""

from __future__ import annotations

import os
import queue
import signal
import socket
import time
from collections.abc import Collection
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.notes import Doing
from jupyter_agilab.run.runners.processes import cause_of_death, is_a_crash
from jupyter_agilab.run.runners.types import LostTask, Outcome, WorkerEvent, given_up
from jupyter_agilab.run.stuck import Frame, answer_where, ask_where
from jupyter_agilab.run.threads_per_worker import thread_environment
from jupyter_agilab.run.types import StageSpec, Task, TaskReport
from jupyter_agilab.run.work import run_task

_CONNECT_TIMEOUT_S = 30
# the scheduler hears of a death before the nanny does
_EXIT_CODE_PATIENCE_S = 1.0
_SAME_DEATH_S = 5.0


class DaskRunner:
    """Runs each task as one Dask task named ``STAGE-task-N``; results stay with the workers' segments.

    Parameters
    ----------
    workers
        Worker processes of a local cluster.
    address
        A scheduler's address; None starts a local cluster.
    memory
        Memory limit per worker of a local cluster, ``"2 GiB"``; None shares the machine out.
    threads
        BLAS and OpenMP threads per worker of a local cluster.
    """

    name = "dask"

    def __init__(
        self, workers: int, *, keep_going: bool, address: str | None, memory: str | None, threads: int
    ) -> None:
        self._workers = workers
        self._keep_going = keep_going
        self._address = address
        self._memory = memory
        self._threads = threads
        self._cluster: Any = None
        self._client: Any = None
        self._spec: StageSpec | None = None
        self._tasks: dict[str, tuple[Any, Task]] = {}
        self._done: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._slots = workers
        self._addresses: dict[str, str] = {}
        self._is_shared = False

    @property
    def slots(self) -> int:
        """Two tasks per thread of a worker: one that runs and one that is there when it ends."""
        return 2 * self._slots

    def start(self, spec: StageSpec, on_event: WorkerEvent) -> None:
        """See `Runner.start`."""
        import dask
        from distributed import Client

        self._spec = spec
        if self._address is None:
            # the first death of a worker is heard of here, where the batch is taken apart to find the cause
            # memory is watched by the run itself, which then knows why a worker was ended
            dask.config.set(
                {
                    "distributed.scheduler.allowed-failures": 0,
                    "distributed.worker.memory.pause": False,
                    "distributed.worker.memory.terminate": False,
                }
            )
            self._cluster = self._local_cluster()
        try:
            self._client = Client(
                self._cluster or self._address, timeout=_CONNECT_TIMEOUT_S, set_as_default=False
            )
            self._client.wait_for_workers(1, timeout=_CONNECT_TIMEOUT_S)
        except (OSError, TimeoutError) as error:
            raise ClusterError(
                f"no Dask scheduler with workers answers at {self._address}: {error}",
                hint="check the address, and that its workers have joined",
            ) from error
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        self._slots = sum(worker["nthreads"] for worker in workers.values())
        self._is_shared = any(worker["nthreads"] > 1 for worker in workers.values())
        for address, worker in workers.items():
            self._addresses[str(worker["name"])] = address
            on_event("worker.joined", worker=str(worker["name"]), host=worker["host"], pid=None)

    def submit(self, task: Task) -> None:
        """See `Runner.submit`."""
        assert self._spec is not None
        key = f"{self._spec.stage}-task-{task.number}-{self._spec.run_id}"
        others = self._other_workers(task.avoid) if task.avoid else []
        future = self._client.submit(
            _run_on_worker,
            self._spec,
            task,
            self._keep_going,
            self._is_shared,
            key=key,
            pure=False,
            retries=0,
            workers=others or None,
            allow_other_workers=bool(others),
        )
        self._tasks[key] = (future, task)
        future.add_done_callback(lambda done: self._done.put(done.key))

    def wait(self, timeout_s: float) -> list[Outcome]:
        """See `Runner.wait`.

        Raises
        ------
        ClusterError
            The scheduler is gone; Dask's client has tried to reach it again for half a minute.
        """
        if self._client.status == "closed":
            raise ClusterError(
                f"the Dask scheduler at {self._address} does not answer any more",
                hint="when it is there again, run again: finished work is kept",
            )
        if self._client.status == "connecting":
            # its tasks are known to be lost only when it is back
            time.sleep(timeout_s)
            return []
        keys: list[str] = []
        try:
            keys.append(self._done.get(timeout=timeout_s))
            while True:
                keys.append(self._done.get_nowait())
        except queue.Empty:
            pass
        return [self._outcome(key) for key in keys if key in self._tasks]

    def end_task(self, doing: Doing) -> list[Frame]:
        """See `Runner.end_task`; a worker of another host is restarted by its nanny."""
        assert self._spec is not None
        if doing.host == socket.gethostname():
            frames = ask_where(RunDirectory(Path(self._spec.run_dir)), doing.pid)
            with suppress(OSError):
                os.kill(doing.pid, signal.SIGKILL)
            return frames
        address = self._addresses.get(doing.worker)
        if address is not None:
            self._client.restart_workers([address], timeout=_CONNECT_TIMEOUT_S, raise_for_error=False)
        return []

    def stop(self, *, at_once: bool = False) -> None:
        """See `Runner.stop`; a scheduler that was already there keeps running."""
        if at_once and self._cluster is not None:
            self._kill_workers()
            return
        with ExitStack() as ending:
            # each is done, also where the one before it fails because the scheduler is gone
            if self._cluster is not None:
                ending.callback(self._cluster.close, timeout=2)
            if self._client is not None:
                ending.callback(self._client.close, timeout=2)
                if self._tasks:
                    self._client.cancel([future for future, _ in self._tasks.values()], force=True)
        self._tasks.clear()

    def _other_workers(self, avoid: Collection[str]) -> list[str]:
        """Give the addresses of the workers but some; those that came back after a death have new ones."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        self._addresses = {str(worker["name"]): address for address, worker in workers.items()}
        return [address for name, address in self._addresses.items() if name not in avoid]

    def _kill_workers(self) -> None:
        for nanny in self._cluster.workers.values():
            if nanny.pid is not None:
                with suppress(OSError):
                    os.kill(nanny.pid, signal.SIGKILL)

    def _local_cluster(self) -> Any:
        from importlib.util import find_spec

        from distributed import LocalCluster

        from jupyter_agilab.run.runners.telling_nanny import TellingNanny

        return LocalCluster(
            n_workers=self._workers,
            threads_per_worker=1,
            worker_class=TellingNanny,
            memory_limit=self._memory.replace(" ", "") if self._memory else "auto",
            dashboard_address="127.0.0.1:0" if find_spec("bokeh") else None,
            env=dict(thread_environment(self._threads)),
            silence_logs=40,
        )

    def _outcome(self, key: str) -> Outcome:
        future, task = self._tasks.pop(key)
        if future.status == "finished":
            report: TaskReport | LostTask = future.result()
            return report
        error = future.exception() if future.status == "error" else None
        if error is None:
            return LostTask(task.number, "", "the task was cancelled by the scheduler")
        if type(error).__name__ == "KilledWorker":
            return self._killed(task, error)
        return given_up(task, "a Dask worker", error)

    def _killed(self, task: Task, error: Any) -> LostTask:
        worker = str(error.last_worker.name)
        if self._cluster is None:
            return LostTask(task.number, worker, "the Dask worker that ran it died")
        from jupyter_agilab.run.runners.telling_nanny import exits

        deadline = time.monotonic() + _EXIT_CODE_PATIENCE_S
        never = float("-inf"), 0
        # all tasks that the worker had are lost at once, one after another
        while exits.get(worker, never)[0] < deadline - _SAME_DEATH_S and time.monotonic() < deadline:
            time.sleep(0.01)
        ended, code = exits.get(worker, never)
        if ended < deadline - _SAME_DEATH_S:
            return LostTask(task.number, worker, "the Dask worker that ran it died")
        # a Dask worker that is told to end does so with 0: that is not the partition's doing
        is_sure = code != 0 and not self._is_shared and is_a_crash(code)
        return LostTask(task.number, worker, cause_of_death(code), is_sure=is_sure)


def _run_on_worker(spec: StageSpec, task: Task, keep_going: bool, is_shared: bool) -> TaskReport:
    from distributed import get_worker

    answer_where(RunDirectory(Path(spec.run_dir)))
    worker = str(get_worker().name)
    return run_task(spec, task, worker, keep_going=keep_going, shares_process=is_shared)
