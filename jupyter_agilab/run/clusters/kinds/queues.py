"""``slurm``, ``pbs``, ``lsf``, ``sge``: jobs of a batch system, with workers in them, by dask-jobqueue."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.run.clusters.kinds.batch_systems import SYSTEMS, BatchSystem
from jupyter_agilab.run.clusters.kinds.library import library
from jupyter_agilab.run.clusters.kinds.types import Loss, Started, Wish
from jupyter_agilab.run.clusters.model import SlurmPlace

_CONNECT_TIMEOUT_S = 30
# a job whose scheduler is gone by then ends by itself
_DEATH_TIMEOUT_S = 60
_LOST_AFTER = "5s"
_USUAL_JOBS = 4
_STOP_PATIENCE_S = 15.0
_LOOK_S = 2.0
_MOST_ENDED_EARLY = 3


class StartedJobs(Started):
    """A scheduler in this process, and jobs with workers."""

    is_ours = True

    def __init__(
        self, client: Any, cluster: Any, place: SlurmPlace, *, system: BatchSystem, jobs: int, logs: Path
    ) -> None:
        super().__init__(client, cluster.scheduler_address)
        self._cluster, self._system, self._name = cluster, system, place.name
        self._jobs, self._workers_per_job, self._logs = jobs, place.workers_per_job, logs
        self._job_of: dict[str, str] = {}
        self._all_jobs: dict[str, None] = {}
        self._worked: set[str] = set()
        self._looked = 0.0
        self._hopeless = ""
        self._why = ""
        self._lock = threading.Lock()

    def close(self) -> None:  # noqa: D102
        self._note_jobs()
        with suppress(Exception):
            self.client.close(timeout=2)
        # where jobs could not be submitted, closing raises what was wrong then
        with suppress(Exception):
            self._cluster.close(timeout=10)
        self._system.cancel(self._all_jobs)
        deadline = time.monotonic() + _STOP_PATIENCE_S
        while time.monotonic() < deadline and self._system.are_there(self._all_jobs):
            time.sleep(0.2)

    def kill(self) -> None:  # noqa: D102
        self._note_jobs()
        self._system.cancel(self._all_jobs)

    def expected(self) -> int | None:  # noqa: D102
        return self._jobs * self._workers_per_job

    def host_of(self, worker: str, reported: str) -> str:  # noqa: D102
        self._note_jobs()
        job = self._job(worker)
        if job:
            self._worked.add(job)
        return reported

    def waiting(self) -> str:
        """Say what the queue says of the jobs."""
        self._look()
        return self._why

    def check_hope(self) -> None:
        """Raise where the queue will never start the jobs, or one after another ends before it worked."""
        if time.monotonic() - self._looked > _LOOK_S:
            self._look()
        if self._hopeless:
            raise ClusterError(f"the jobs of {self._name!r} will not start: {self._hopeless}")

    def why_lost(self, worker: str, reported: str) -> Loss | None:  # noqa: D102
        job = self._job(worker)
        return self._system.why_ended(job) if job else None

    def mend(self) -> None:
        """Note the jobs that there are; dask-jobqueue's own adapting starts what was lost."""
        self._note_jobs()

    def _job(self, worker: str) -> str:
        """Give the job of a worker; the workers of a job with several have its name and a number."""
        return self._job_of.get(worker) or self._job_of.get(worker.rpartition("-")[0], "")

    def _note_jobs(self) -> None:
        for name, job in list(self._cluster.workers.items()):
            number = getattr(job, "job_id", None)
            if number:
                self._job_of[str(name)] = str(number)
                self._all_jobs[str(number)] = None

    def _look(self) -> None:
        with self._lock:
            self._looked = time.monotonic()
            self._note_jobs()
            jobs = list(self._all_jobs)
            if not jobs:
                self._why = "no job has been submitted yet"
                return
            states = self._system.states(jobs)
            waiting = [state for state in states.values() if state.is_waiting]
            hopeless = next((state for state in waiting if state.is_hopeless), None)
            ended = [
                job for job in jobs if job not in self._worked and (job not in states or states[job].is_over)
            ]
            self._why = "; ".join(dict.fromkeys(state.sentence for state in waiting))
            if hopeless is not None:
                self._hopeless = hopeless.sentence
            if ended:
                why = self._system.why_ended(ended[-1])
                lines = last_lines(self._logs, ended[-1])
                early = f"job {ended[-1]} ended before its workers came"
                early += f": {why.cause}" if why is not None else ""
                early += f"; its last lines: {lines}" if lines else ""
                self._why = "; ".join(filter(None, [self._why, early]))
                is_all = len(ended) == len(jobs) and len(jobs) >= self._jobs
                if is_all or len(ended) >= _MOST_ENDED_EARLY:
                    self._hopeless = early


def start(cluster: SlurmPlace, wish: Wish) -> Started:
    """See `jupyter_agilab.run.clusters.kinds.types.Kind`."""
    jobqueue = library("dask_jobqueue", "slurm")
    import dask
    from distributed import Client

    system = SYSTEMS[cluster.kind]
    logs = Path(cluster.logs).expanduser() if cluster.logs else wish.logs
    logs.mkdir(parents=True, exist_ok=True)
    dask.config.set({"distributed.deploy.lost-worker-timeout": _LOST_AFTER})
    jobs = jobs_of(cluster, wish.workers)
    found = getattr(jobqueue, system.cluster_class)(**arguments(cluster, wish, logs))
    try:
        system.preflight(found.job_script())
        client = Client(found, timeout=_CONNECT_TIMEOUT_S, set_as_default=False)
        found.adapt(minimum_jobs=jobs, maximum_jobs=cluster.maximum_jobs or jobs, interval="1s")
    except BaseException:
        with suppress(Exception):
            found.close(timeout=5)
        raise
    return StartedJobs(client, found, cluster, system=system, jobs=jobs, logs=logs)


def jobs_of(cluster: SlurmPlace, workers: int) -> int:
    """Say how many jobs are asked for at first."""
    if cluster.jobs is not None:
        return cluster.jobs
    if cluster.maximum_jobs is not None:
        return 1
    return min(_USUAL_JOBS, -(-workers // cluster.workers_per_job))


def arguments(cluster: SlurmPlace, wish: Wish, logs: Path) -> dict[str, Any]:
    """Give what the class of dask-jobqueue takes for a cluster."""
    system = SYSTEMS[cluster.kind]
    exports = [f"export {name}={value}" for name, value in system.thread_variables(wish.threads).items()]
    scheduler: dict[str, Any] = {"dashboard_address": ":0"}
    if cluster.scheduler_interface:
        scheduler["interface"] = cluster.scheduler_interface
    told: Mapping[str, Any] = {
        "queue": cluster.queue,
        system.account_argument: cluster.account,
        "walltime": cluster.walltime,
        "interface": cluster.interface,
        "local_directory": cluster.scratch,
        "python": cluster.python,
    }
    extra = ["--resources", f"GPU={cluster.gpus}"] if cluster.gpus else []
    return {
        **{name: value for name, value in told.items() if value is not None},
        "name": wish.label,
        "job_name": wish.label,
        "cores": cluster.cores,
        "memory": cluster.memory.replace(" ", ""),
        "processes": cluster.workers_per_job,
        "job_script_prologue": [*exports, *cluster.prologue],
        "job_extra_directives": [*system.gpu_directives(cluster.gpus), *cluster.directives],
        "job_directives_skip": list(cluster.without_directives),
        "log_directory": str(logs),
        "death_timeout": _DEATH_TIMEOUT_S,
        "worker_extra_args": extra,
        "scheduler_options": scheduler,
        "silence_logs": "error",
    }


def last_lines(logs: Path, job: str, count: int = 3) -> str:
    """Give the last lines that a job printed; empty where it printed none."""
    for path in (*logs.glob(f"*{job}.err"), *logs.glob(f"*{job}.out")):
        with suppress(OSError):
            lines = [line for line in path.read_text("utf-8", "replace").splitlines() if line.strip()]
            if lines:
                return " / ".join(lines[-count:])
    return ""
