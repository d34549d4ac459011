"""What travels to a Dask worker: a task, and what it needs to run there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.errors import ClusterError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.runners.carried import Carried, run_and_carry
from jupyter_agilab.run.stuck import answer_where
from jupyter_agilab.run.types import StageSpec, Task, TaskReport
from jupyter_agilab.run.work import run_task, spec_of_run


@dataclass(frozen=True, slots=True)
class TaskOnWorker:
    """A task; called on a worker without arguments.

    What the task runs is read once per worker from its run's directory, and known by its digest. Where the
    workers do not see that directory, ``spec`` and ``partitions`` come along, and the results go back in the
    answer.
    """

    task: Task
    keep_going: bool
    run_dir: str
    digest: str = ""
    spec: StageSpec | None = None
    partitions: tuple[Partition, ...] = ()
    limit_bytes: int = 0
    topic: str = ""

    def __call__(self) -> TaskReport | Carried:
        """Run it; blocks until it is done."""
        from distributed import get_worker

        worker = get_worker()
        shares_process = worker.state.nthreads > 1
        if self.spec is not None:
            return run_and_carry(
                self.spec,
                self.task,
                self.partitions,
                str(worker.name),
                limit_bytes=self.limit_bytes,
                keep_going=self.keep_going,
                shares_process=shares_process,
                tell=lambda message: worker.log_event(self.topic, message),
            )
        answer_where(RunDirectory(Path(self.run_dir)))
        return run_task(
            self._spec(),
            self.task,
            str(worker.name),
            keep_going=self.keep_going,
            shares_process=shares_process,
        )

    def _spec(self) -> StageSpec:
        if self.task.run_dir:
            return spec_of_run(self.task.run_dir)
        spec = spec_of_run(self.run_dir)
        if spec.digest != self.digest:
            raise ClusterError("the run's directory is not the one that the driver has")
        return spec
