"""``@task``: a function that runs at the active place when it is called or mapped."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, ParamSpec, TypeVar, overload

from jupyter_agilab.errors import UsageError
from jupyter_agilab.live.amounts import amount_of, bytes_of, seconds_of
from jupyter_agilab.live.calls import Call, Code, Inputs
from jupyter_agilab.live.items import arguments_of, signature_of, takes
from jupyter_agilab.live.job import ArrayJob, Job, handles_of
from jupyter_agilab.live.places.current import active_place
from jupyter_agilab.live.places.place import Place
from jupyter_agilab.live.places.window import Window
from jupyter_agilab.live.recorder import Recorded, recorder
from jupyter_agilab.live.seeded import with_rng

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
_OFFERED = frozenset({"rng"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a task may take and claims; each as it was written, None where nothing was said.

    ``time`` is ``HH:MM:SS``, ``mem`` a size such as ``256M``, ``cpus_per_task`` a whole number, ``gpus`` may
    be a fraction, ``resources`` are those that a place declares by name. ``seed`` is what ``rng`` starts
    from.
    """

    time: str | float | None = None
    mem: str | int | None = None
    cpus_per_task: int | None = None
    gpus: float | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    name: str = ""
    seed: int = 0

    @property
    def time_limit_s(self) -> float | None:
        """Seconds that it may take; None: as many as it likes."""
        return None if self.time is None else seconds_of(self.time)

    @property
    def claims(self) -> dict[str, float]:
        """What it claims, by name; memory in bytes."""
        claims: dict[str, float] = {
            "cpus": 1.0
            if self.cpus_per_task is None
            else amount_of(self.cpus_per_task, "cpus_per_task", is_whole=True)
        }
        if self.mem is not None:
            claims["memory"] = bytes_of(self.mem)
        if self.gpus:
            claims["gpus"] = amount_of(self.gpus, "gpus")
        claims.update((name, amount_of(value, name)) for name, value in self.resources.items())
        return claims

    def checked(self) -> Options:
        """Give these options where all of them can be read.

        Raises
        ------
        ClaimError
            One of them cannot.
        """
        _ = self.time_limit_s, self.claims
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise UsageError(f"seed must be a whole number, got {self.seed!r}")
        return self


class Task(Generic[P, R]):
    """A function that runs at the active place; made by `task`.

    Calling it gives a `Job` at once, mapping it an `ArrayJob`. Jobs and arrays may stand in the arguments, in
    tuples, lists, sets and values of dictionaries, at any depth: the call then waits for them and gets their
    results, which go there without coming here. ``.unwrapped`` is the function itself.
    """

    def __init__(self, function: Callable[P, R], options: Options, after: tuple[Job[Any], ...] = ()) -> None:
        if not callable(function):
            raise TypeError(f"a task must be callable, got {type(function).__name__}: {function!r}")
        functools.update_wrapper(self, function)
        self._function, self._after = function, after
        self.options = options.checked()
        self.name: str = options.name or getattr(function, "__name__", "task")
        self._signature = signature_of(function)

    def __repr__(self) -> str:
        behind = f", after {len(self._after)} jobs" if self._after else ""
        return f"<Task {self.name}{behind}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # what it comes after belongs to this process
        return (Task, (self._function, self.options))

    @property
    def unwrapped(self) -> Callable[P, R]:
        """The function itself, to be called here and now."""
        return self._function

    @property
    def dependencies(self) -> tuple[Job[Any], ...]:
        """The jobs that calls of it come after."""
        return self._after

    def __call__(self, *args: Any, **kwargs: Any) -> Job[R]:
        """Start one call at the active place; does not block.

        Raises
        ------
        NoPlaceError
            No place is active.
        TypeError
            The function does not take these arguments.
        ClaimError
            It claims what the place does not have.
        """
        place = active_place(f"{self.name}()")
        signature = self._signature
        if signature is not None and not takes(signature, args, kwargs, _OFFERED):
            # with Python's own words
            signature.bind(*args, **kwargs)
        job: Job[R] = self._start(place, self._codes(), self.name, 0, args, kwargs)
        recorder.add_call(self, args, kwargs, job)
        return job

    def map(self, items: Iterable[Any], *, max_concurrent: int | None = None) -> ArrayJob[R]:
        """Start one call for each item; does not block.

        Parameters
        ----------
        items
            A dictionary gives keyword arguments and a tuple positional ones where the function takes them so;
            otherwise, as anything else, it is the one argument. A job among the arguments is needed only by
            its own item: that starts as soon as the job is done.
        max_concurrent
            How many of them may be under way at once; as many as there are workers by default.

        Raises
        ------
        NoPlaceError, ClaimError
            As for a call.
        UsageError
            The function does not take an item; nothing was started.
        """
        place = active_place(f"{self.name}.map()")
        if max_concurrent is not None and (
            isinstance(max_concurrent, bool) or not isinstance(max_concurrent, int) or max_concurrent < 1
        ):
            raise UsageError(f"max_concurrent must be a whole number above 0, got {max_concurrent!r}")
        held = list(items)
        calls = [
            arguments_of(item, self._signature, f"{self.name}[{index}]", offered=_OFFERED)
            for index, item in enumerate(held)
        ]
        window = Window(max_concurrent) if max_concurrent is not None else None
        codes = self._codes()
        jobs: list[Job[R]] = [
            self._start(place, codes, f"{self.name}[{index}]", index, args, kwargs, window)
            for index, (args, kwargs) in enumerate(calls)
        ]
        dependencies = dict.fromkeys(needed for job in jobs for needed in job.dependencies)
        array = ArrayJob(self.name, jobs, tuple(dependencies) or self._after)
        recorder.add_map(
            Recorded(
                task=self,
                calls=tuple(calls),
                items=tuple(held),
                made=array,
                source=items,
                window=max_concurrent,
            )
        )
        return array

    def after(self, *jobs: Job[Any] | ArrayJob[Any]) -> Task[P, R]:
        """Give a task whose calls start when these have ended well; of an array, all of its jobs.

        This task stays as it is. What was said with another ``after`` before holds too. Results are not
        passed: where the call needs one, give it the job.

        Raises
        ------
        TypeError
            Something is neither a job nor an array.
        """
        found: list[Job[Any]] = list(self._after)
        for job in jobs:
            if isinstance(job, ArrayJob):
                found += job
            elif isinstance(job, Job):
                found.append(job)
            else:
                raise TypeError(f".after() expects Job or ArrayJob arguments, got {type(job).__name__}")
        return Task(self._function, self.options, tuple(dict.fromkeys(found)))

    def with_options(self, **options: Any) -> Task[P, R]:
        """Give a task with other options, see `task`; those that are not named stay.

        Raises
        ------
        UsageError
            There is no such option.
        ClaimError
            One of them cannot be read.
        """
        return Task(self._function, _changed(self.options, options), self._after)

    def _start(
        self,
        place: Place,
        codes: tuple[Code, Code],
        name: str,
        index: int,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        window: Window | None = None,
    ) -> Job[R]:
        found: dict[int, Job[Any]] = {}

        def look(value: Any) -> Any:
            for job in (value,) if isinstance(value, Job) else value if isinstance(value, ArrayJob) else ():
                found[id(job)] = job
            return handles_of(value)

        inputs = Inputs(look)
        taken = inputs.taken_from(tuple(args)), inputs.taken_from(dict(kwargs))
        plain, seeded = codes
        wants_rng = self._wants_rng(args, kwargs)
        call = Call(
            name=name,
            code=seeded if wants_rng else plain,
            args=(index, *taken[0]) if wants_rng else taken[0],
            kwargs=taken[1],
            inputs=tuple(inputs.handles),
            after=tuple(job._handle for job in self._after if job._handle not in inputs.handles),
            time_limit_s=self.options.time_limit_s,
            claims=self.options.claims,
        )
        return Job(place.submit(call, window), tuple(dict.fromkeys((*found.values(), *self._after))))

    def _codes(self) -> tuple[Code, Code]:
        """Give the function as it is now, and the same with ``rng`` filled in: one for all items."""
        code = Code(self._function)
        return code, with_rng(code, self.options.seed)

    def _wants_rng(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        if self._signature is None or "rng" not in self._signature.parameters or "rng" in kwargs:
            return False
        try:
            return "rng" not in self._signature.bind_partial(*args, **kwargs).arguments
        except TypeError:
            return False


@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(
    *,
    time: str | float | None = None,
    mem: str | int | None = None,
    cpus_per_task: int | None = None,
    gpus: float | None = None,
    resources: Mapping[str, float] | None = None,
    name: str = "",
    seed: int = 0,
) -> Callable[[Callable[P, R]], Task[P, R]]: ...


def task(function: Any = None, /, **options: Any) -> Any:
    """Make a function a task: calls and maps of it run at the active place.

    Parameters
    ----------
    time
        What one call may take, ``"HH:MM:SS"`` or seconds. A call that takes longer fails.
    mem
        Memory that one call claims, ``"256M"`` or ``"2 GiB"``; a number alone is bytes.
    cpus_per_task
        Cores that one call claims; 1 by default.
    gpus
        GPUs that one call claims; may be a fraction.
    resources
        Other things that it claims, by the names that places declare.
    name
        What jobs are called; the function's name by default.
    seed
        A function with a parameter ``rng`` gets a `numpy.random.Generator` of its own for each item, made
        from this and the item's place in the map: the same numbers wherever and whenever it runs.

    Raises
    ------
    ClaimError
        A time, a size or an amount cannot be read.
    """
    chosen = _changed(Options(), options)
    if function is None:
        return lambda decorated: Task(decorated, chosen)
    return Task(function, chosen)


def _changed(options: Options, changes: Mapping[str, Any]) -> Options:
    from dataclasses import fields

    from jupyter_agilab.diagnostics import did_you_mean

    known = [each.name for each in fields(Options)]
    for name in changes:
        if name not in known:
            raise UsageError(
                f"a task has no option {name!r}",
                hint=did_you_mean(name, known) or f"there are: {', '.join(known)}",
            )
    changes = (
        {**changes, "resources": dict(changes.get("resources") or {})} if "resources" in changes else changes
    )
    return replace(options, **changes).checked()
