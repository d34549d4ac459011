"""The replicas of a workflow's groups at a place: started, set up, lent to jobs, torn down."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClaimError, ClusterError, WorkflowError
from jupyter_agilab.live.arranged import Arranged, ArrangedStage, Unit
from jupyter_agilab.live.calls import Call, Code
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.items import signature_of
from jupyter_agilab.live.named_function import function_named
from jupyter_agilab.live.places.place import Place
from jupyter_agilab.live.replica import SetUp, StageCall, TearDown
from jupyter_agilab.live.taking import RESULTS, STATE, for_hook
from jupyter_agilab.live.turns import Replica, Turns
from jupyter_agilab.workflow.model import Workflow

_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What is called once in each replica's process.

    Attributes
    ----------
    setup
        Called before the first stage; what it gives is passed to functions that have a parameter ``state``.
        It may have parameters ``context``, ``group``, ``replica`` (its number) and those that are shared.
    teardown
        Called when the workflow is closed, with the state where it takes an argument.
    """

    setup: Callable[..., Any] | None = None
    teardown: Callable[..., Any] | None = None


class Crew:
    """The replicas of all groups.

    Parameters
    ----------
    hooks
        For all groups, or by group; where nothing is said, those that the workflow names.
    known
        What setups can ask for by the names of their parameters.
    folder
        Where the files of the workflow's own hooks are.
    """

    def __init__(
        self,
        workflow: Workflow,
        plan: Arranged,
        hooks: Hooks | Mapping[str, Hooks] | None,
        known: Mapping[str, Any],
        folder: Path,
    ) -> None:
        self._workflow, self._plan, self._known, self._folder = workflow, plan, dict(known), folder
        self._hooks = hooks
        self._place: Place | None = None
        self._turns: dict[str, Turns] = {}
        self._replicas: dict[str, list[Replica]] = {}
        self._set_ups: dict[str, SetUp] = {}
        self._found: dict[str, Hooks] = {}
        self._codes: dict[tuple[str, str], Code] = {}
        self._lock = threading.Lock()
        units = (*plan.units, *plan.later)
        self._groups = {
            unit.group: [each for each in units if each.group == unit.group] for unit in units if unit.group
        }
        self._singles = [unit for unit in units if not unit.group]
        unknown = [name for name in hooks if name not in self._groups] if isinstance(hooks, Mapping) else []
        if unknown:
            raise WorkflowError(
                f"hooks are given for {', '.join(unknown)}; "
                f"the groups with stages are: {', '.join(self._groups)}",
                (),
            )

    def start(self, place: Place) -> None:
        """Start and set up all replicas; blocks until they are.

        Raises
        ------
        ClaimError
            The place does not have what a stage claims.
        Exception
            What a setup raised; the others are torn down.
        """
        for stage in self._plan.stages.values():
            place.refuse_unless_offered(f"the stage {stage.name}", stage.claims)
        self._place = place
        mark = uuid.uuid4().hex
        for group, units in self._groups.items():
            self._found[group] = self._hooks_of(group)
            claims = {
                name: max(unit.claims.get(name, 0.0) for unit in units)
                for name in {name for unit in units for name in unit.claims}
            }
            replicas = self._replicas[group] = []
            try:
                for number in range(units[0].replicas):
                    worker = place.new_worker(f"{group}-{number}", claims)
                    replicas.append(Replica(group, number, worker, f"{mark}-{group}-{number}"))
            except BaseException:
                self._give_all_back()
                raise
            self._turns[group] = Turns(replicas)
            for replica in replicas:
                self._set_ups[replica.key] = self._set_up(replica)
        for unit in self._singles:
            if unit.replicas:
                self._turns[unit.name] = Turns(
                    [Replica(unit.name, number, "", "") for number in range(unit.replicas)]
                )
        # where there is nothing to set up this waits for the processes, so that the first job need not
        handles = [
            self._at(replica, f"setup of {replica.name}", self._set_ups[replica.key])
            for replicas in self._replicas.values()
            for replica in replicas
        ]
        for handle in handles:
            handle.wait()
        failed = next((handle for handle in handles if handle.state != "finished"), None)
        if failed is not None:
            try:
                self.end()
            finally:
                failed.raise_if_failed()

    def end(self) -> None:
        """Tear all replicas down and give their workers back; blocks until they are.

        Raises
        ------
        Exception
            What the first teardown that failed raised.
        """
        assert self._place is not None
        if not self._place.is_open:
            # they went with it
            self._replicas.clear()
            return
        handles: list[tuple[Replica, Handle]] = []
        for group, replicas in self._replicas.items():
            teardown = self._found[group].teardown
            signature = signature_of(teardown) if teardown is not None else None
            takes = signature is not None and bool(signature.parameters)
            handles += [
                (
                    replica,
                    self._at(replica, f"teardown of {replica.name}", TearDown(replica.key, teardown, takes)),
                )
                for replica in replicas
                if self._place.has_worker(replica.worker)
            ]
        for _, handle in handles:
            handle.wait()
        # where a worker went meanwhile, there is nothing left to tear down
        ended = [handle for replica, handle in handles if self._place.has_worker(replica.worker)]
        self._give_all_back()
        for handle in ended:
            handle.raise_if_failed()

    def _give_all_back(self) -> None:
        assert self._place is not None
        for replicas in self._replicas.values():
            for replica in replicas:
                self._place.give_back(replica.worker)
        self._replicas.clear()

    def has_turns(self, unit: Unit) -> bool:
        """Say whether jobs take turns at a unit."""
        return unit.name in self._turns

    async def take(self, unit: Unit, wanted: Replica | None) -> Replica:
        """Wait for a replica; for the one that the job was at before, where there is one.

        A replica whose worker is gone gets another, where it is set up again.

        Raises
        ------
        ClusterError, ClaimError
            No worker that offers what it claims comes in time.
        """
        replica = await self._turns[unit.name].take(wanted)
        if replica.worker:
            mending = asyncio.ensure_future(asyncio.to_thread(self._mend, unit, replica))
            try:
                await asyncio.shield(mending)
            except BaseException:
                # where only the job was cancelled, the thread is still at it
                mending.add_done_callback(partial(self._give_back_mended, replica))
                raise
        return replica

    def _give_back_mended(self, replica: Replica, mending: asyncio.Future[None]) -> None:
        if not mending.cancelled():
            # the next job finds out by itself
            mending.exception()
        self.give_back(replica)

    def _mend(self, unit: Unit, replica: Replica) -> None:
        assert self._place is not None
        if self._place.has_worker(replica.worker):
            return
        self._place.give_back(replica.worker)
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                replica.worker = self._place.new_worker(f"{replica.group}-{replica.number}", unit.claims)
            except (ClusterError, ClaimError):
                # others may be there that offer less
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def give_back(self, replica: Replica) -> None:
        """Let the next job have a replica."""
        self._turns[replica.group].give_back(replica)

    def call_of(self, stage: ArrangedStage, replica: Replica | None = None) -> StageCall:
        """Give what is called for a stage."""
        set_up = None
        if replica is not None and self._found[stage.group].setup is not None:
            set_up = self._set_ups[replica.key]
        return StageCall(
            stage.function,
            set_up,
            state_as=STATE if stage.taking.takes_state and set_up is not None else "",
            results_as=RESULTS if stage.taking.takes_results else "",
        )

    def code_of(self, stage: ArrangedStage, replica: Replica) -> Code:
        """Give the same once for each replica, so that it is pickled once."""
        with self._lock:
            key = (stage.name, replica.key)
            if key not in self._codes:
                self._codes[key] = Code(self.call_of(stage, replica))
            return self._codes[key]

    def _hooks_of(self, group: str) -> Hooks:
        if isinstance(self._hooks, Hooks):
            return self._hooks
        if self._hooks and group in self._hooks:
            return self._hooks[group]
        declared = self._workflow.groups.get(group)
        if declared is None:
            return Hooks()
        return Hooks(
            setup=function_named(declared.setup, self._folder) if declared.setup else None,
            teardown=function_named(declared.teardown, self._folder) if declared.teardown else None,
        )

    def _set_up(self, replica: Replica) -> SetUp:
        setup = self._found[replica.group].setup
        known = {**self._known, "group": replica.group, "replica": replica.number}
        return SetUp(replica.key, setup, for_hook(setup, known) if setup is not None else {})

    def _at(self, replica: Replica, name: str, function: Callable[[], None]) -> Handle:
        assert self._place is not None
        return self._place.submit(Call(name=name, code=Code(function), worker=replica.worker))
