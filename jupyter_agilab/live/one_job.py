"""One job on its way through the stages of a workflow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_agilab.live.arranged import ArrangedStage, Unit
from jupyter_agilab.live.calls import Call, Code, Slot
from jupyter_agilab.live.crew import Crew
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.job import ended
from jupyter_agilab.live.places.place import Place
from jupyter_agilab.live.timeline import Interval, Timeline
from jupyter_agilab.live.turns import Replica
from jupyter_agilab.live.under_way import UnderWay


class OneJob:
    """Runs units for a job, each in a coroutine of its own.

    Parameters
    ----------
    codes
        What is called for stages without a group.
    gathered
        Results of other jobs that feed aggregates, by their stage.
    stops
        Whether nothing more is started once a stage has failed.
    """

    def __init__(
        self,
        under: UnderWay,
        place: Place,
        crew: Crew,
        codes: Mapping[str, Code],
        timeline: Timeline,
        *,
        gathered: Mapping[str, Sequence[Handle]],
        stops: bool,
    ) -> None:
        self.under = under
        self._place, self._crew, self._codes, self._timeline = place, crew, codes, timeline
        self._gathered, self._stops = gathered, stops
        self._left_at: dict[Replica, Handle] = {}

    async def run_unit(self, unit: Unit) -> None:
        """Run the stages of a group for a job: each as soon as it can, one at a time, at one replica."""
        left = list(unit.stages)
        replica: Replica | None = None
        is_held = False
        try:
            while left:
                stage = next((each for each in left if self.under.is_ready(each)), None)
                if stage is None:
                    # others may have the replica meanwhile: whoever holds one never waits for another
                    if is_held and replica is not None:
                        self._crew.give_back(replica)
                        is_held = False
                    missing = {
                        self.under.outcomes[need]
                        for each in left
                        for need in each.needs
                        if need in self.under.outcomes and not self.under.outcomes[need].done()
                    }
                    await asyncio.wait(missing, return_when=asyncio.FIRST_COMPLETED)
                    continue
                handle = None
                if self._is_lost(stage):
                    self.under.skipped.append(stage.name)
                else:
                    takes_turns = self._crew.has_turns(unit)
                    if takes_turns and not is_held:
                        is_held = (taken := await self._taken(unit, stage, replica)) is not None
                        replica = taken or replica
                    if is_held or not takes_turns:
                        handle = await self._run_stage(stage, replica)
                left.remove(stage)
                self.under.outcomes[stage.name].set_result(handle)
        except BaseException:
            for each in left:
                if not self.under.outcomes[each.name].done():
                    self.under.outcomes[each.name].cancel()
            raise
        finally:
            if is_held and replica is not None:
                self._let_go(replica)

    async def _taken(self, unit: Unit, stage: ArrangedStage, before: Replica | None) -> Replica | None:
        """Wait for a replica; gives None where there can be none, which is noted."""
        try:
            return await self._crew.take(unit, before)
        except Exception as error:  # noqa: BLE001  # the job's own failure, others go on
            self.under.note_failure(stage.name, error)
            return None

    def _let_go(self, replica: Replica) -> None:
        """Give a replica back; where the job was cancelled, once it has ended what it is at."""
        handle = self._left_at.pop(replica, None)
        if handle is None:
            self._crew.give_back(replica)
        else:
            handle.on_done(lambda _: self._crew.give_back(replica))

    def _is_lost(self, stage: ArrangedStage) -> bool:
        if self.under.error is not None and self._stops:
            return True
        return any(
            need in self.under.outcomes and self.under.outcomes[need].result() is None for need in stage.needs
        )

    async def _run_stage(
        self,
        stage: ArrangedStage,
        replica: Replica | None,
    ) -> Handle | None:
        """Run one stage; gives None where it failed, which is noted."""
        name = f"{stage.name} of job {self.under.number}"
        asked = time.time()
        handle: Handle | None = None
        try:
            handle = self._place.submit(self._call(stage, replica, name))
            await ended(handle)
        except Exception as error:  # noqa: BLE001  # the job's own failure, others go on
            self.under.note_failure(stage.name, error)
            return None
        except asyncio.CancelledError:
            if handle is not None and replica is not None:
                self._left_at[replica] = handle
            elif handle is not None:
                self._place.cancel(handle)
            raise
        is_good = handle.state == "finished"
        self._timeline.add(
            Interval(
                job=self.under.number,
                lane=replica.name if replica is not None else stage.name,
                stage=stage.name,
                start=handle.started or asked,
                end=handle.ended,
                is_good=is_good,
            )
        )
        if is_good:
            return handle
        assert handle.error is not None
        self.under.note_failure(stage.name, handle.error.with_traceback(handle.trace))
        return None

    def _call(
        self,
        stage: ArrangedStage,
        replica: Replica | None,
        name: str,
    ) -> Call:
        taking, handles = stage.taking, list[Handle]()

        def slot(handle: Handle) -> Slot:
            if handle not in handles:
                handles.append(handle)
            return Slot(handles.index(handle))

        def source(need: str) -> Any:
            if need in self.under.outcomes:
                found = self.under.outcomes[need].result()
                assert found is not None
                return slot(found)
            return [slot(found) for found in self._gathered.get(need, ())]

        kwargs = taking.kwargs_for(stage.name, self.under.job)
        kwargs.update((parameter, source(need)) for parameter, need in taking.fed.items())
        args: tuple[Any, ...] = ()
        if taking.in_places is not None:
            args = tuple(source(need) for need in taking.in_places) or (self.under.job,)
        results = {need: source(need) for need in stage.needs} if taking.takes_results else {}
        outcomes = [self.under.outcomes[need].result() for need in stage.needs if need in self.under.outcomes]
        bound = replica is not None and bool(replica.worker)
        return Call(
            name=name,
            code=self._crew.code_of(stage, replica)
            if replica is not None and bound
            else self._codes[stage.name],
            args=(results, args, kwargs),
            inputs=tuple(handles),
            after=tuple(each for each in outcomes if each is not None and each not in handles),
            time_limit_s=stage.time_limit_s,
            claims=stage.claims,
            worker=replica.worker if replica is not None else "",
        )
