"""What a task gives when it is called or mapped: a job, or an array of jobs."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from typing import Any, Generic, NoReturn, TypeVar, overload

from jupyter_agilab.live.handle import Handle, State
from jupyter_agilab.live.places.place import wait_for_all
from jupyter_agilab.live.recorder import recorder

T = TypeVar("T")


class Job(Generic[T]):
    """One call of a task, under way at a place. Give it to other tasks in the place of its result.

    ``await job`` waits for the result without holding up the event loop, also in a notebook.
    """

    def __init__(self, handle: Handle, dependencies: tuple[Job[Any], ...] = ()) -> None:
        self._handle = handle
        # weak: a job must not keep results that nobody else wants
        self._dependencies = tuple(map(weakref.ref, dependencies))

    def __repr__(self) -> str:
        return f"<Job {self.name}: {self.state}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"the job {self.name} cannot be sent to a worker as it is; jobs are found in the arguments of "
            "tasks, in tuples, lists, sets and the values of dictionaries, at any depth"
        )

    @property
    def name(self) -> str:
        """The task's name, with its place where it is one of an array: ``process[3]``."""
        return self._handle.name

    @property
    def state(self) -> State:
        """``waiting`` until it has ended, then ``finished``, ``failed``, ``not run`` or ``cancelled``."""
        return self._handle.state

    @property
    def dependencies(self) -> tuple[Job[Any], ...]:
        """The jobs that it needs or comes after, each once; without those that nobody holds any more."""
        return tuple(job for held in self._dependencies if (job := held()) is not None)

    @property
    def error(self) -> BaseException | None:
        """What it failed with, or why it was not run; None where it did not fail, or has not ended."""
        return self._handle.error

    def done(self) -> bool:
        """Say whether it has ended, well or not."""
        return self._handle.is_done

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; says whether it has ended well.

        Parameters
        ----------
        timeout
            Seconds to wait at most; False where it has not ended by then.
        """
        return self._handle.wait(timeout) and self.state == "finished"

    def get_result(self, timeout: float | None = None) -> T:
        """Wait for its result and fetch it.

        Raises
        ------
        Exception
            What the task raised: the same exception, with the task's own traceback.
        NotRunError
            A task that it needs failed; that one's exception is the cause.
        WaitTimeoutError
            It has not ended within so many seconds; it goes on.
        PlaceClosedError
            Its place is closed.
        """
        result: T = self._handle.value(timeout)
        recorder.add_fetched(result, self)
        return result

    def cancel(self) -> None:
        """Take it back: what has begun may go on to its end, its result is not kept."""
        self._handle.place.cancel(self._handle)

    def __await__(self) -> Generator[Any, None, T]:
        return self._awaited().__await__()

    async def _awaited(self) -> T:
        await ended(self._handle)
        self._handle.raise_if_failed()
        return await asyncio.to_thread(self.get_result)


class ArrayJob(Generic[T]):
    """The jobs of one map, in the order of its items. Give it to a task for the list of all results."""

    def __init__(self, name: str, jobs: Sequence[Job[T]], dependencies: tuple[Job[Any], ...] = ()) -> None:
        self.name = name
        self._jobs = tuple(jobs)
        self._dependencies = tuple(map(weakref.ref, dependencies))

    def __repr__(self) -> str:
        ended = sum(job.done() for job in self._jobs)
        return f"<ArrayJob {self.name}: {len(self._jobs)} jobs, {ended} ended>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"the array {self.name} cannot be sent to a worker as it is; arrays are found in the arguments "
            "of tasks, in tuples, lists, sets and the values of dictionaries, at any depth"
        )

    def __len__(self) -> int:
        return len(self._jobs)

    @overload
    def __getitem__(self, index: int) -> Job[T]: ...

    @overload
    def __getitem__(self, index: slice) -> list[Job[T]]: ...

    def __getitem__(self, index: int | slice) -> Job[T] | list[Job[T]]:
        if isinstance(index, slice):
            return list(self._jobs[index])
        if not 0 <= index < len(self._jobs):
            raise IndexError(f"{self.name} has {len(self._jobs)} jobs, numbered from 0; there is no {index}")
        return self._jobs[index]

    def __iter__(self) -> Iterator[Job[T]]:
        return iter(self._jobs)

    @property
    def dependencies(self) -> tuple[Job[Any], ...]:
        """The jobs that any of them needs or comes after, each once; without those that nobody holds."""
        return tuple(job for held in self._dependencies if (job := held()) is not None)

    def done(self) -> bool:
        """Say whether all have ended, well or not."""
        return all(job.done() for job in self._jobs)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all have ended; says whether all have ended well.

        Parameters
        ----------
        timeout
            Seconds to wait at most, for all together; False where they have not ended by then.
        """
        from jupyter_agilab.errors import WaitTimeoutError

        try:
            wait_for_all([job._handle for job in self._jobs], timeout)
        except WaitTimeoutError:
            return False
        return all(job.state == "finished" for job in self._jobs)

    def get_results(self, timeout: float | None = None) -> list[T]:
        """Wait for all results and fetch them, in the order of the items.

        Parameters
        ----------
        timeout
            Seconds to wait at most, for all together.

        Raises
        ------
        Exception
            What the first of them that failed raised, see `Job.get_result`.
        WaitTimeoutError, PlaceClosedError
            See `Job.get_result`.
        """
        handles = [job._handle for job in self._jobs]
        wait_for_all(handles, timeout)
        for handle in handles:
            if handle.state == "failed":
                handle.raise_if_failed()
        for handle in handles:
            handle.raise_if_failed()
        results: list[T] = handles[0].place.values_of(handles) if handles else []
        recorder.add_fetched(results, self)
        return results

    def cancel(self) -> None:
        """Take back those that have not ended."""
        for job in self._jobs:
            job.cancel()

    def __await__(self) -> Generator[Any, None, list[T]]:
        return self._awaited().__await__()

    async def _awaited(self) -> list[T]:
        for job in self._jobs:
            await ended(job._handle)
        return await asyncio.to_thread(self.get_results)


async def ended(handle: Handle) -> None:
    """Wait until a handle is done, in whatever event loop runs."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def tell(_: Handle) -> None:
        # a loop that is closed by now has nobody left who waits
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(told.set)

    handle.on_done(tell)
    await told.wait()


def handles_of(value: Any) -> Handle | list[Handle] | None:
    """Give the handle of a job, those of an array, None for anything else."""
    if isinstance(value, Job):
        return value._handle
    if isinstance(value, ArrayJob):
        return [job._handle for job in value]
    return None
