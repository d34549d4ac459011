"""Many jobs through one workflow at once: each job a coroutine, each group a process for each replica.

A job runs each stage of the workflow once. Stages that share a group are done one after another in the same
process, in the order of what they depend on; each result counts as soon as it is there, so that another group
can go on while this one still works. Between jobs a group's replicas are taken in the order in which jobs
came.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jupyter_agilab.errors import JobsClosedError, UsageError
from jupyter_agilab.live.arranged import Unit, arranged
from jupyter_agilab.live.calls import Code
from jupyter_agilab.live.crew import Crew, Hooks
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.one_job import OneJob
from jupyter_agilab.live.places.current import active_place
from jupyter_agilab.live.places.place import Place
from jupyter_agilab.live.results import Results
from jupyter_agilab.live.timeline import Timeline
from jupyter_agilab.live.under_way import JobResult, UnderWay
from jupyter_agilab.workflow.model import Workflow


class Jobs:
    """Runs a workflow for one job after another, and for many at once.

    Parameters
    ----------
    workflow
        Stages, groups and what they claim. Which stages feed which is taken from it; its contracts are not.
    functions
        The function of each stage. A parameter with the name of a stage that feeds it, or the one that the
        workflow names, gets that one's result; ``job`` gets the job; ``results`` those of all stages that it
        depends on, see `Results`; ``state`` what its group's setup made; ``context`` and the names in
        `shared` get these. What is left gets the job's entry of that name, where the job is a mapping; a
        stage that nothing feeds, with one such parameter, gets the job itself.
    place
        Where stages run; by default the active one when it is built.
    hooks
        What is called once in each replica's process: for all groups, or by the name of the group. Those that
        the workflow names are called where nothing is said here.
    expose
        The stages whose results a job gives, or exposed names to stages; by default those that nothing
        depends on.
    context, shared
        Passed to functions and setups that have such parameters.
    aggregates
        Stages that only gather what feeds them, from all jobs, until `process` runs them.
    flags
        Flags of the workflow that are on.
    folder
        Where the files of setups that the workflow names are looked for; by default the current folder.

    Raises
    ------
    jupyter_agilab.errors.WorkflowError
        The workflow cannot run as it stands; all that is wrong is told at once.
    """

    def __init__(
        self,
        workflow: Workflow,
        functions: Mapping[str, Callable[..., Any]],
        place: Place | None = None,
        *,
        hooks: Hooks | Mapping[str, Hooks] | None = None,
        expose: Sequence[str] | Mapping[str, str] | None = None,
        context: Any = None,
        shared: Mapping[str, Any] | None = None,
        aggregates: Collection[str] = (),
        flags: Iterable[str] = (),
        folder: str | Path | None = None,
    ) -> None:
        self.workflow = workflow
        self.timeline = Timeline()
        self._arranged = arranged(
            workflow,
            functions,
            expose=expose,
            shared=shared or {},
            context=context,
            aggregates=frozenset(aggregates),
            flags=flags,
        )
        self._codes: dict[str, Code] = {}
        self._place = place
        self._crew = Crew(
            workflow, self._arranged, hooks, {**(shared or {}), "context": context}, Path(folder or ".")
        )
        self._opened_place = False
        self._build_lock = threading.Lock()
        self._is_built = self._is_closed = self._is_down = False
        self._lock = threading.Lock()
        self._under_way = self._given = 0
        self._closing: list[Future[None]] = []
        self._gathered: dict[str, list[tuple[int, Handle]]] = {}

    def __repr__(self) -> str:
        how = "closed" if self._is_closed else "built" if self._is_built else "not built"
        return f"<Jobs of {self.workflow.name!r}, {how}, {self._under_way} under way>"

    async def build(self) -> Self:
        """Start the groups' replicas and set them up; `run` does it where nobody did.

        Raises
        ------
        JobsClosedError
            It was closed.
        NoPlaceError
            No place was given, and none is active.
        ClaimError
            A group or a stage claims what the place does not have.
        Exception
            What a setup raised.
        """
        self._refuse_if_closed()
        await asyncio.to_thread(self._build)
        return self

    async def run(self, job: Any = None) -> JobResult:
        """Run the workflow for one job.

        A stage that fails ends nothing but what depends on it, or, where the workflow says ``on_failure =
        "stop"``, the rest of its own job. Other jobs go on. Nothing is raised for it, see `JobResult`.

        Raises
        ------
        JobsClosedError
            It was closed.
        NoPlaceError, ClaimError
            As `build`.
        """
        return await self._counted(partial(self._run, job, self._arranged.units))

    async def gather(self, jobs: Iterable[Any]) -> list[JobResult]:
        """Run the workflow for many jobs at once; gives their results in the order of the jobs."""
        return list(await asyncio.gather(*(self.run(job) for job in jobs)))

    async def process(self, job: Any = None) -> JobResult:
        """Run the aggregates on what came to them since they last ran, and what depends on them.

        A parameter that a stage feeds gets the list of that stage's results, in the order of the jobs.

        Raises
        ------
        UsageError
            There are no aggregates.
        JobsClosedError
            It was closed.
        """
        if not self._arranged.later:
            raise UsageError(f"the workflow {self.workflow.name!r} has no aggregates to process")
        return await self._counted(partial(self._run, job, self._arranged.later))

    async def close(self) -> None:
        """Take no more jobs, wait for those under way, then tear the replicas down.

        Where it is cancelled while it waits, it can be called again.

        Raises
        ------
        Exception
            What the first teardown that failed raised; the others were called all the same.
        """
        idle: Future[None] = Future()
        with self._lock:
            self._is_closed = True
            if self._under_way:
                self._closing.append(idle)
            else:
                idle.set_result(None)
        # no thread waits: jobs need those of the event loop
        await asyncio.wrap_future(idle)
        await asyncio.to_thread(self._take_down)

    async def __aenter__(self) -> Self:
        return await self.build()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _counted(self, run: Callable[[int], Awaitable[JobResult]]) -> JobResult:
        with self._lock:
            self._refuse_if_closed()
            number = self._given
            self._given += 1
            self._under_way += 1
        try:
            if not self._is_built:
                await asyncio.to_thread(self._build)
            return await run(number)
        finally:
            with self._lock:
                self._under_way -= 1
                closing = [] if self._under_way else self._closing
                self._closing = [] if closing else self._closing
            for idle in closing:
                # not where who closes was cancelled meanwhile
                if idle.set_running_or_notify_cancel():
                    idle.set_result(None)

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise JobsClosedError(
                f"the workflow {self.workflow.name!r} is closed and takes no more jobs",
                hint="build another one",
            )

    def _build(self) -> None:
        with self._build_lock:
            if self._is_built:
                return
            if self._is_down:
                self._refuse_if_closed()
            place = self._place or active_place(f"the workflow {self.workflow.name!r}")
            self._opened_place = not place.is_open
            place.open()
            try:
                self._crew.start(place)
            except BaseException:
                if self._opened_place:
                    place.close(wait=False)
                raise
            self._place = place
            self._codes = {
                name: Code(self._crew.call_of(stage))
                for name, stage in self._arranged.stages.items()
                if not stage.group
            }
            self._is_built = True

    def _take_down(self) -> None:
        # what is being built is built first
        with self._build_lock:
            if self._is_down:
                return
            self._is_down = True
            if not self._is_built:
                return
            try:
                self._crew.end()
            finally:
                if self._opened_place:
                    self._at.close()

    async def _run(self, job: Any, units: Sequence[Unit], number: int) -> JobResult:
        loop = asyncio.get_running_loop()
        names = [stage.name for unit in units for stage in unit.stages]
        under = UnderWay(number, job, {name: loop.create_future() for name in names})
        one = OneJob(
            under,
            self._at,
            self._crew,
            self._codes,
            self.timeline,
            gathered=self._gathered_for(units),
            stops=self.workflow.on_failure == "stop",
        )
        await asyncio.gather(*(one.run_unit(unit) for unit in units))
        held = {name: outcome.result() for name, outcome in under.outcomes.items()}
        self._gather_up(held, number)
        found = {
            name: handle for name, stage in self._arranged.exposed.items() if (handle := held.get(stage))
        }
        values = await asyncio.to_thread(self._fetched, found, under) if found else {}
        return JobResult(
            number=number,
            results=Results(values),
            error=under.error,
            failed=under.failed,
            skipped=tuple(under.skipped),
        )

    def _fetched(self, found: Mapping[str, Handle], under: UnderWay) -> dict[str, Any]:
        """Fetch results; where one of them is gone it is noted, and the others are given."""
        try:
            return dict(zip(found, self._at.values_of(list(found.values())), strict=True))
        except Exception:  # noqa: BLE001  # asked for one by one, it is known which it is
            values: dict[str, Any] = {}
        for name, handle in found.items():
            try:
                values[name] = self._at.values_of([handle])[0]
            except Exception as error:  # noqa: BLE001  # the job's own failure, others go on
                under.note_failure(self._arranged.exposed[name], error)
        return values

    @property
    def _at(self) -> Place:
        assert self._place is not None
        return self._place

    def _gather_up(self, held: Mapping[str, Handle | None], number: int) -> None:
        """Keep what feeds aggregates until they run."""
        needs = {
            need
            for unit in self._arranged.later
            for stage in unit.stages
            if stage.is_aggregate
            for need in stage.needs
        }
        with self._lock:
            for need in needs:
                handle = held.get(need)
                if handle is not None:
                    self._gathered.setdefault(need, []).append((number, handle))

    def _gathered_for(self, units: Sequence[Unit]) -> dict[str, list[Handle]]:
        if units is not self._arranged.later:
            return {}
        with self._lock:
            gathered, self._gathered = self._gathered, {}
        return {
            need: [handle for _, handle in sorted(held, key=lambda one: one[0])]
            for need, held in gathered.items()
        }
