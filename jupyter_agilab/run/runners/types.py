"""What a runner is: a place that runs tasks, handed out by `jupyter_agilab.run.execute`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.run.notes import Doing
from jupyter_agilab.run.stuck import Frame
from jupyter_agilab.run.types import StageSpec, Task, TaskReport

WorkerEvent = Callable[..., None]
"""Called, from any thread, with ``worker.joined`` (worker, host, pid), ``worker.lost`` (worker, cause) or
``task.taken`` (task, worker) and its fields.

Workers may join and be lost at any time, also while nobody waits for an outcome; one that comes back under
its name joins anew. ``task.taken`` is for runners that know at once which worker takes a task up; of the
others it is learned from the worker's note, or from the answer.
"""


@dataclass(frozen=True, slots=True)
class LostTask:
    """A task that gave no answer because its worker died or could not write; ``cause`` is a sentence.

    ``fatal`` says that trying again is of no use (the run directory cannot be written). ``is_sure`` says that
    the partition which was under way is to blame: its process crashed, and nobody else can have done it.
    ``is_innocent`` says that it cannot be: a batch system, or somebody, ended the worker.
    """

    number: int
    worker: str
    cause: str
    fatal: bool = False
    is_sure: bool = False
    is_innocent: bool = False


def given_up(task: Task, worker: str, error: BaseException) -> LostTask:
    """Say why a worker gave up a task: what the author's function raises is reported, this is not that."""
    if isinstance(error, OSError):
        cause = f"results cannot be written by {worker}: {error}"
    elif isinstance(error, AgilabError):
        cause = f"{worker} cannot work: {error}"
    else:
        cause = f"{worker} cannot work: {type(error).__name__}: {error}"
    return LostTask(task.number, worker, cause, fatal=True)


Outcome = TaskReport | LostTask


class Runner(Protocol):
    """Runs tasks on some workers. Used by one thread; every submitted task is answered exactly once."""

    name: str

    def start(self, spec: StageSpec, on_event: WorkerEvent) -> None:
        """Start the workers; blocks until at least one can be used.

        Raises
        ------
        jupyter_agilab.errors.ClusterError
            No worker can be had.
        """
        ...

    @property
    def slots(self) -> int:
        """How many tasks should be under way at once."""
        ...

    def offers(self) -> Sequence[Mapping[str, float]]:
        """Give what each worker has that partitions may claim: ``cpus``, ``memory``, and resources by name.

        Empty where the workers are processes or threads of this machine.
        """
        ...

    def submit(self, task: Task) -> None:
        """Hand over a task; does not block.

        Where `Task.workers` names any, only a worker of that name, or on a host of that name as
        ``worker.joined`` told it, may run it, however long that worker is away.
        """
        ...

    def wait(self, timeout_s: float) -> list[Outcome]:
        """Give what has ended since the last call, waiting up to `timeout_s` for the first."""
        ...

    def end_task(self, doing: Doing) -> list[Frame]:
        """End the worker of a task; blocks for half a second at most. `wait` answers with a `LostTask`.

        Returns
        -------
        list of Frame
            Where the worker was, outermost first; empty where that is not known.
        """
        ...

    def stop(self, *, at_once: bool = False) -> None:
        """End all workers, whatever they do; returns when their processes are gone.

        `at_once`: the driver itself is about to end, so what is closed politely otherwise is left.
        """
        ...
