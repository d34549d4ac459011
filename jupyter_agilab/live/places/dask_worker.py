"""What Dask's workers do for calls."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jupyter_agilab.errors import TaskError
from jupyter_agilab.live.on_worker import make_call, sendable

CPUS, MEMORY, GPUS = "agilab-cpus", "agilab-memory", "GPU"
"""Names of Dask's resources: two that we declare for workers started for us, one that clusters do."""


class Packet:
    """A call as it travels: Dask does not look into it.

    Parameters
    ----------
    inputs
        How many of the values that Dask passes along are inputs; the others are only waited for.
    """

    __slots__ = ("args", "code", "inputs", "kwargs", "name", "time_limit_s")

    def __init__(
        self,
        name: str,
        code: tuple[str, bytes],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        inputs: int,
        time_limit_s: float | None,
    ) -> None:
        self.name, self.code, self.args, self.kwargs = name, code, args, kwargs
        self.inputs, self.time_limit_s = inputs, time_limit_s


def run_packet(packet: Packet, *values: Any) -> Any:
    """Make a call; the function's text may come as the last value, see `give`."""
    digest, code = packet.code
    function = _loaded(digest, code or values[-1])
    inputs = [unboxed(value) for value in values[: packet.inputs]]
    try:
        value = make_call(packet.name, function, packet.args, packet.kwargs, inputs, packet.time_limit_s)
    except Exception as error:
        described, _ = sendable(error)
        if described is error:
            raise
    else:
        return Boxed(value) if isinstance(value, (list, tuple, set, frozenset)) else value
    # outside of the handler: with the other one as its context it could not be pickled either
    raise described


class Boxed:
    """A list, tuple or set as a result: else Dask takes seconds to send ten thousand elements.

    It takes them apart to look for what it serialises in its own way. What it must know of sizes stays.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __sizeof__(self) -> int:
        from dask.sizeof import sizeof

        size: int = sizeof(self.value)
        return size


def unboxed(value: Any) -> Any:
    """Give a result as the task gave it."""
    return value.value if isinstance(value, Boxed) else value


def give(value: Any) -> Any:
    """Be a task whose result is what it was given: a large function, sent once."""
    return value


def nothing(value: Any) -> None:
    """Be a task that ends after another one: who waits for it needs no copy of that one's result."""


class _Source(bytes):
    """The bytes of a function, told apart by the digest alone."""

    digest = ""

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Source) and self.digest == other.digest


@lru_cache(maxsize=128)
def _from_source(source: _Source) -> Any:
    import pickle

    return pickle.loads(source)  # noqa: S301  # from the client that owns the cluster


def _loaded(digest: str, code: bytes) -> Any:
    source = _Source(code)
    source.digest = digest
    try:
        return _from_source(source)
    except Exception as error:
        raise TaskError(
            f"the function cannot be used on a worker: {type(error).__name__}: {error}",
            hint="modules that it needs must be importable there: installed, or in a folder of sys.path",
        ) from error


def _says_more_than_failed(record: Any) -> bool:
    packet = "run_packet(" in str(record.args)
    return not (packet and str(record.msg).startswith("Compute Failed"))


def preparing_plugin(folders: list[str], *, declares: bool, cpus: float | None) -> Any:
    """Make the plug-in of the workers: modules are found as here, and what can be claimed is declared."""
    from distributed.diagnostics.plugin import WorkerPlugin

    class Preparing(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
        name = "jupyter-agilab-live"

        async def setup(self, worker: Any) -> None:
            import logging
            import sys
            from pathlib import Path

            from jupyter_agilab.run.randomness import keep_dask_apart

            sys.path += [each for each in folders if each not in sys.path and Path(each).is_dir()]
            keep_dask_apart()
            # what a task raised is told to whoever asks for its result, and not once more in the terminal
            logging.getLogger("distributed.worker").addFilter(_says_more_than_failed)
            if declares and CPUS not in worker.state.total_resources:
                limit = worker.memory_manager.memory_limit
                await worker.set_resources(
                    **{CPUS: cpus or worker.state.nthreads, MEMORY: float(limit or 2**60)}
                )

    return Preparing()


def orphans() -> Any:
    """Make what a scheduler runs to find tasks that wait for ever: bound to a worker that is gone.

    It gives the keys of these and of all that waits for them, each with the key of the bound one. It travels
    by value, as `waking` does.
    """

    def find(dask_scheduler: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for bound in list(dask_scheduler.unrunnable):
            wanted = bound.worker_restrictions
            if not wanted or any(address in dask_scheduler.workers for address in wanted):
                continue
            left = [bound]
            while left:
                task = left.pop()
                if task.key not in found:
                    found[task.key] = bound.key
                    left += task.waiters
        return found

    return find


def waking() -> Any:
    """Make what a scheduler runs to look again for workers of the tasks that found none.

    It looks when a worker joins; a worker that joins declares its resources a moment later, and nobody would
    look again. It travels by value, so that a scheduler that lacks this package can have it too.
    """

    def wake(dask_scheduler: Any) -> None:
        find = getattr(dask_scheduler, "bulk_schedule_unrunnable_after_adding_worker", None)
        if find is None or not dask_scheduler.unrunnable:
            return
        found = {}
        for worker in list(dask_scheduler.workers.values()):
            found.update(find(worker))
        dask_scheduler.transitions(found, stimulus_id="jupyter-agilab-wake")

    return wake
