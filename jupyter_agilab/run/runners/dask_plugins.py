"""What a scheduler and its nannies are asked to tell a run, as plug-ins that travel by value.

The classes are made inside functions, so that a scheduler or nanny whose environment lacks this package can
have them too.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def scheduler_plugin(topic: str, suffix: str, client_id: str) -> Any:
    """Make the plug-in of the scheduler.

    It tells under `topic` which workers join and leave, and which tasks of ours come back from workers that
    left; and it gives up a task of ours (its key ends with `suffix`) when the first worker dies under it,
    whatever others may set on a scheduler that is shared. It goes when its client does.
    """
    from distributed.diagnostics.plugin import SchedulerPlugin

    class TellingScheduler(SchedulerPlugin):  # type: ignore[misc]  # distributed has no types
        name = topic

        def start(self, scheduler: Any) -> None:
            self.scheduler = scheduler
            self.names: dict[str, str] = {}
            self.places: dict[str, str] = {}
            for address in list(scheduler.workers):
                self.add_worker(scheduler, address)

        def tell(self, **fields: Any) -> None:
            self.scheduler.log_event(topic, fields)

        def add_worker(self, scheduler: Any, worker: str) -> None:
            state = scheduler.workers[worker]
            self.names[worker] = str(state.name)
            self.tell(
                what="joined",
                address=worker,
                name=str(state.name),
                host=state.host,
                pid=state.pid,
                threads=state.nthreads,
                memory=state.memory_limit,
                nanny=bool(state.nanny),
            )

        def remove_worker(self, scheduler: Any, worker: str, *, stimulus_id: str, **kwargs: Any) -> None:
            self.tell(what="left", address=worker, name=self.names.pop(worker, ""), why=stimulus_id)

        def transition(self, key: Any, start: str, finish: str, *args: Any, **kwargs: Any) -> None:
            if not isinstance(key, str) or not key.endswith(suffix):
                return
            if finish == "processing":
                task = self.scheduler.tasks[key]
                task.suspicious = max(task.suspicious, self.scheduler.allowed_failures)
                self.places[key] = task.processing_on.address
            elif start == "processing":
                address = self.places.pop(key, "")
                if finish in {"released", "waiting", "no-worker"} and address not in self.scheduler.workers:
                    self.tell(what="returned", key=key, address=address)

        def remove_client(self, scheduler: Any, client: str) -> None:
            if client == client_id:
                scheduler.remove_plugin(name=topic)

    return TellingScheduler()


def nanny_plugin(topic: str) -> Any:
    """Make the plug-in of the nannies: it tells under `topic` with which code a worker process ended."""
    from distributed.diagnostics.plugin import NannyPlugin

    class TellingNanny(NannyPlugin):  # type: ignore[misc]  # distributed has no types
        name = topic
        restart = False

        def setup(self, nanny: Any) -> None:
            usual = nanny._on_worker_exit

            async def tell(code: int) -> None:
                address = nanny.worker_address
                # where the scheduler is gone, nobody is there to hear it
                with suppress(Exception):
                    await nanny.scheduler.log_event(
                        topic=topic, msg={"what": "ended", "address": address, "code": code}
                    )
                await usual(code)

            nanny._on_worker_exit = tell

        def teardown(self, nanny: Any) -> None:
            # what is set on the instance hides the method of the class
            nanny.__dict__.pop("_on_worker_exit", None)

    return TellingNanny()


def worker_plugin(topic: str, environment: dict[str, str]) -> Any:
    """Make the plug-in of the workers: it sets variables of their environment."""
    from distributed.diagnostics.plugin import WorkerPlugin

    class Environment(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
        name = topic

        def setup(self, worker: Any) -> None:
            import os

            os.environ.update(environment)

    return Environment()
