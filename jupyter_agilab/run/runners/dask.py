"""``dask``: the workers of any cluster that `jupyter_agilab.run.clusters` can start or reach."""

from __future__ import annotations

import os
import queue
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.errors import ClusterError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.run.clusters.check.joined import refuse_misfits
from jupyter_agilab.run.clusters.kinds import start_cluster
from jupyter_agilab.run.clusters.kinds.types import Started, Wish
from jupyter_agilab.run.clusters.model import Cluster
from jupyter_agilab.run.clusters.service.connect import running_service
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.notes import Doing
from jupyter_agilab.run.runners.carried import Carried, CarryLimitError, unpack
from jupyter_agilab.run.runners.dask_members import DaskWorker, Members
from jupyter_agilab.run.runners.dask_plugins import nanny_plugin, scheduler_plugin, worker_plugin
from jupyter_agilab.run.runners.dask_task import TaskOnWorker
from jupyter_agilab.run.runners.share_check import ShareCheck
from jupyter_agilab.run.runners.types import LostTask, Outcome, WorkerEvent, given_up
from jupyter_agilab.run.stop_request import Stopped
from jupyter_agilab.run.stuck import Frame, ask_where
from jupyter_agilab.run.types import StageSpec, Task

_CONNECT_TIMEOUT_S = 30
_LEAST_ABSENCE_S = 60.0
# why a worker was lost may have to be asked of a queue
_CAUSE_PATIENCE_S = 20.0


@dataclass(slots=True)
class _Sent:
    future: Any
    task: Task
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Session:
    """What there is from `DaskRunner.start` on."""

    spec: StageSpec
    run: RunDirectory
    topic: str
    started: Started
    members: Members


class DaskRunner:
    """Runs each task as one Dask task named ``STAGE-task-N``; results stay with the workers' segments.

    Parameters
    ----------
    workers
        How many workers can be of use.
    cluster
        Where they are.
    memory
        Memory limit per worker that the contract asks for, ``"2 GiB"``.
    gpus
        GPUs that a partition claims: workers without are refused.
    threads
        BLAS and OpenMP threads per worker.
    should_stop
        Asked while workers are waited for.
    """

    name = "dask"

    def __init__(
        self,
        workers: int,
        cluster: Cluster,
        *,
        keep_going: bool,
        memory: str | None,
        gpus: float = 0,
        threads: int,
        should_stop: Callable[[], bool],
    ) -> None:
        self._workers, self._cluster = workers, cluster
        self._keep_going, self._memory, self._threads = keep_going, memory, threads
        self._should_stop, self._gpus = should_stop, gpus
        self._is_carried = cluster.results == "scheduler"
        self._limit_bytes = parse_size(cluster.results_limit)
        self._live: _Session | None = None
        self._partitions: Sequence[Partition] = ()
        self._share: ShareCheck | None = None
        self._sent: dict[str, _Sent] = {}
        self._done: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._returned: queue.SimpleQueue[tuple[str, DaskWorker]] = queue.SimpleQueue()
        self._undecided: dict[str, tuple[_Sent, str, float]] = {}

    @property
    def slots(self) -> int:
        """Two tasks per thread of a worker: one that runs and one that is there when it ends."""
        return 2 * sum(worker.threads for worker in self._at.members.alive()) if self._live else 0

    @property
    def _at(self) -> _Session:
        assert self._live is not None
        return self._live

    def start(self, spec: StageSpec, on_event: WorkerEvent) -> None:
        """See `Runner.start`."""
        run = RunDirectory(Path(spec.run_dir))
        wish = Wish(
            workers=self._workers,
            threads=self._threads,
            label=spec.stage,
            logs=run.path / "cluster",
            memory=self._memory,
        )
        # workers that stay between runs, where there are some
        kept = running_service(self._cluster, Path(spec.folder))
        started = kept or start_cluster(self._cluster, wish)
        topic = f"jupyter-agilab-{spec.stage}-{spec.run_id}"
        members = Members(
            started,
            topic,
            on_event,
            lambda *back: self._returned.put(back),
            on_note=lambda name, data: _keep_note(run, name, data),
        )
        self._live = _Session(spec, run, topic, started, members)
        members.start()
        environment = {**self._cluster.environment, **wish.environment}
        if environment:
            started.client.register_plugin(worker_plugin(topic, environment))
        started.client.register_plugin(nanny_plugin(topic))
        started.client.register_plugin(scheduler_plugin(topic, spec.run_id, started.client.id))
        members.tell_absent()
        self._wait_for_workers(self._cluster.wait_s)
        if kept is not None or self._cluster.kind != "local" or self._gpus:
            refuse_misfits(
                started.client,
                spec,
                cluster=self._cluster.name,
                memory=self._memory,
                gpus=self._gpus,
                host_of=started.host_of,
            )
        if not self._is_carried and self._cluster.kind != "local":
            self._share = ShareCheck(started.client, members, run.path, self._cluster.name)
            self._share.look()

    def _wait_for_workers(self, patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while not self._at.members.alive():
            self._at.members.changed.wait(0.1)
            self._at.members.changed.clear()
            if self._should_stop():
                raise Stopped
            if time.monotonic() > deadline:
                raise self._no_workers(patience_s)
            self._at.started.check_hope()

    def _no_workers(self, patience_s: float) -> ClusterError:
        why = self._at.started.waiting()
        return ClusterError(
            f"no worker of {self._place()} came within {patience_s:g} s" + (f": {why}" if why else ""),
            hint=f"look closer: jupyter agilab cluster check {self._cluster.name}",
        )

    def _place(self) -> str:
        """Name the cluster for the reader; one that was given by its address has no name."""
        return f"the cluster {self._cluster.name!r}"

    def offers(self) -> Sequence[Mapping[str, float]]:
        """See `Runner.offers`."""
        workers = self._at.started.client.scheduler_info(n_workers=-1)["workers"]
        return [
            {
                "cpus": float(worker["nthreads"]),
                "memory": float(worker["memory_limit"] or 0),
                **{name: float(amount) for name, amount in (worker.get("resources") or {}).items()},
            }
            for worker in workers.values()
        ]

    def submit(self, task: Task) -> None:
        """See `Runner.submit`."""
        stage = RunDirectory(Path(task.run_dir)).stage if task.run_dir else self._at.spec.stage
        key = f"{stage}-task-{task.number}-{self._at.spec.run_id}"
        addresses: list[str] = []
        if task.workers:
            addresses = self._at.members.addresses(task.workers)
            if not addresses:
                self._returned_without(key, task)
                return
        elif task.avoid:
            addresses = [each.address for each in self._at.members.alive() if each.name not in task.avoid]
        future = self._at.started.client.submit(
            self._work_on(task),
            key=key,
            pure=False,
            retries=0,
            workers=addresses or None,
            allow_other_workers=bool(addresses) and not task.workers,
            resources=dict(task.claims) or None,
            priority=task.priority,
        )
        self._sent[key] = _Sent(future, task, tuple(addresses) if task.workers else ())
        future.add_done_callback(lambda done: self._done.put(done.key))

    def _work_on(self, task: Task) -> TaskOnWorker:
        if not self._is_carried:
            return TaskOnWorker(task, self._keep_going, self._at.spec.run_dir, self._at.spec.digest)
        if not self._partitions:
            self._partitions = stored_partitions(self._at.run.path)
        return TaskOnWorker(
            task,
            self._keep_going,
            self._at.spec.run_dir,
            self._at.spec.digest,
            spec=self._at.spec,
            partitions=tuple(self._partitions[index] for index in task.indexes),
            limit_bytes=self._limit_bytes,
            topic=self._at.topic,
        )

    def wait(self, timeout_s: float) -> list[Outcome]:
        """See `Runner.wait`.

        Raises
        ------
        ClusterError
            The scheduler is gone, and Dask's client has tried to reach it again for half a minute; or no
            worker has been there for long.
        """
        if self._at.started.client.status == "closed":
            raise ClusterError(
                f"the Dask scheduler of {self._place()} does not answer any more",
                hint="when it is there again, run again: finished work is kept",
            )
        if self._at.started.client.status == "connecting":
            # its tasks are known to be lost only when it is back
            time.sleep(timeout_s)
            return []
        patience_s = max(_LEAST_ABSENCE_S, self._cluster.wait_s)
        if not self._at.members.alive() and time.monotonic() - self._at.members.empty_since > patience_s:
            raise self._no_workers(patience_s)
        if self._share is not None:
            self._share.look()
        keys: list[str] = []
        with suppress(queue.Empty):
            keys.append(self._done.get(timeout=min(timeout_s, 0.05) if self._undecided else timeout_s))
            while True:
                keys.append(self._done.get_nowait())
        outcomes = [outcome for key in keys if (outcome := self._outcome(key)) is not None]
        return outcomes + self._taken_back() + self._decided()

    def end_task(self, doing: Doing) -> list[Frame]:
        """See `Runner.end_task`; a worker of another host is restarted by its nanny."""
        if doing.host == socket.gethostname():
            frames = ask_where(self._at.run, doing.pid)
            with suppress(OSError):
                os.kill(doing.pid, signal.SIGKILL)
            return frames
        addresses = [each.address for each in self._at.members.alive() if each.pid == doing.pid]
        if addresses:
            self._at.started.client.restart_workers(
                addresses, timeout=_CONNECT_TIMEOUT_S, raise_for_error=False
            )
        return []

    def stop(self, *, at_once: bool = False) -> None:
        """See `Runner.stop`; a scheduler that was already there keeps running."""
        if self._live is None:
            return
        if self._share is not None:
            self._share.close()
        self._live.members.stop()
        started = self._live.started
        if at_once and started.is_ours:
            started.kill()
            return
        with ExitStack() as ending:
            ending.callback(started.close)
            if not started.is_ours and started.client.status == "running":
                ending.callback(self._take_plugins_away)
                if self._sent:
                    started.client.cancel([sent.future for sent in self._sent.values()], force=True)
        self._sent.clear()

    def _take_plugins_away(self) -> None:
        client = self._at.started.client
        with suppress(Exception):
            client.unregister_scheduler_plugin(self._at.topic)
            client.unregister_worker_plugin(self._at.topic, nanny=True)
            if self._cluster.environment:
                client.unregister_worker_plugin(self._at.topic)

    def _returned_without(self, key: str, task: Task) -> None:
        """Answer a task whose workers are not there at the moment."""
        gone = DaskWorker(", ".join(task.workers), "", "", None, 1, False)
        self._sent[key] = _Sent(None, task, ())
        self._returned.put((key, gone))

    def _taken_back(self) -> list[Outcome]:
        """Answer tasks that Dask would run again by itself: the loop hands them out anew, and knows of it."""
        back: list[Outcome] = []
        with suppress(queue.Empty):
            while True:
                key, worker = self._returned.get_nowait()
                sent = self._sent.pop(key, None)
                if sent is None:
                    continue
                if sent.future is not None:
                    self._at.started.client.cancel([sent.future], force=True)
                cause = worker.loss.cause if worker.loss is not None else "its workers are gone"
                back.append(LostTask(sent.task.number, worker.name, cause, is_innocent=True))
        alive = {worker.address for worker in self._at.members.alive()}
        for key, sent in list(self._sent.items()):
            if sent.addresses and not alive.intersection(sent.addresses) and sent.future.status == "pending":
                self._returned_without(key, sent.task)
                self._at.started.client.cancel([sent.future], force=True)
        return back

    def _decided(self) -> list[Outcome]:
        """Answer tasks whose worker died, as soon as it is known why."""
        decided: list[Outcome] = []
        for key, (sent, address, since) in list(self._undecided.items()):
            worker = self._at.members.known(address)
            loss = worker.loss if worker is not None else None
            if loss is None and time.monotonic() - since < _CAUSE_PATIENCE_S:
                continue
            del self._undecided[key]
            name = worker.name if worker is not None else ""
            if loss is None:
                decided.append(LostTask(sent.task.number, name, "the Dask worker that ran it died"))
            else:
                decided.append(
                    LostTask(
                        sent.task.number,
                        name,
                        loss.cause,
                        is_sure=loss.is_sure,
                        is_innocent=loss.is_innocent,
                    )
                )
        return decided

    def _outcome(self, key: str) -> Outcome | None:
        """Give what became of a task; None where that is still open, or was told before."""
        sent = self._sent.pop(key, None)
        if sent is None:
            return None
        if sent.future.status == "finished":
            answer = sent.future.result()
            if isinstance(answer, Carried):
                try:
                    return unpack(answer, self._at.run)
                except OSError as error:
                    return given_up(sent.task, "the driver", error)
            return answer  # type: ignore[no-any-return]
        raised = sent.future.exception() if sent.future.status == "error" else None
        if raised is None:
            return LostTask(sent.task.number, "", "the task was cancelled by the scheduler", is_innocent=True)
        if type(raised).__name__ == "KilledWorker":
            self._undecided[key] = sent, str(raised.last_worker.address), time.monotonic()
            return None
        if isinstance(raised, CarryLimitError):
            return LostTask(sent.task.number, "", str(raised), fatal=True)
        return given_up(sent.task, "a Dask worker", raised)


def _keep_note(run: RunDirectory, name: str, data: bytes) -> None:
    """Keep the note of a worker that does not see the run's directory."""
    run.notes.mkdir(exist_ok=True)
    (run.notes / Path(name).name).write_bytes(data)
