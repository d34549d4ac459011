"""One stage of a workflow's run: its own run directory, driven together with the others."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.planning.stored import StoredPartitions
from jupyter_agilab.run.batching import Batcher
from jupyter_agilab.run.crew import Crew
from jupyter_agilab.run.drive import Drive
from jupyter_agilab.run.driver import tell_end
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.execute import Execution, Tally
from jupyter_agilab.run.index_ranges import ranges_text
from jupyter_agilab.run.last_words import keep_room
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.log_files import tidy_logs
from jupyter_agilab.run.manifest import update_manifest
from jupyter_agilab.run.segments import read_indexes
from jupyter_agilab.run.types import Failure, RunState
from jupyter_agilab.workflow.model import WorkflowStage
from jupyter_agilab.workflow.running.feeding import Feeding, Located
from jupyter_agilab.workflow.running.frozen import FrozenStage
from jupyter_agilab.workflow.running.ready_batcher import ReadyBatcher

StageState = Literal["off", "waiting", "running", "finished", "partial", "failed", "skipped", "stopped"]
ENDED: frozenset[StageState] = frozenset(("off", "finished", "partial", "failed", "skipped", "stopped"))

_ROUNDS = 4
_TRACEBACK_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A partition that failed, for those that cannot be done because of it."""

    stage: str
    run: RunDirectory
    failure: Failure

    def told(self) -> dict[str, Any]:
        """Give the fields that journals have of it."""
        failure = self.failure
        return {
            "ancestor_stage": self.stage,
            "ancestor": failure.index,
            "ancestor_partition": failure.partition,
            "ancestor_described": failure.described,
            "ancestor_run": str(self.run.path),
            "error_type": failure.error_type,
            "message": failure.message,
            "traceback": failure.traceback[-_TRACEBACK_CHARACTERS:],
            "logs": str(self.run.logs),
        }

    @property
    def sentence(self) -> str:
        """Say in one line what failed, and how."""
        first = self.failure.message.strip().partition("\n")[0]
        told = f"{self.failure.error_type}: {first}" if first else self.failure.error_type
        return f"partition {self.failure.index} of {self.stage} ({self.failure.described}) failed: {told}"


class _Stop:
    """What a stage's drive asks whether to stop: the workflow's request. Nothing interrupts a thread."""

    def __init__(self, asked: Callable[[], bool]) -> None:
        self._asked = asked
        self.interrupts = False

    def __call__(self) -> bool:
        return self._asked()


class StageDrive(Drive):
    """A stage's run, taken from its directory in steps."""

    def __init__(self, run: RunDirectory, events: EventWriter, stop: Callable[[], bool]) -> None:
        super().__init__(run, events, _Stop(stop))  # type: ignore[arg-type]  # asked in the same way

    def take_over(self) -> None:
        """Take over what earlier runs have."""
        self._reuse(range(self.manifest["partitions"]))

    def partitions(self) -> StoredPartitions:
        """Give the plan's."""
        return self._planned()

    def settle(self, left_out: Callable[[int], bool]) -> RunState | list[int]:
        """Collect and merge the results; give how the run ends, or what has to be done once more.

        Parameters
        ----------
        left_out
            Says of a partition whether it was skipped.
        """
        results = self._collected(self.manifest["partitions"])
        missing = results.missing()
        again = [index for index in missing if index not in self.tally.failed and not left_out(index)]
        if again:
            return again
        if missing and not (len(results) and self.policy.keep_going):
            return "failed"
        return self._reduce(results, missing)


class StageRun:
    """What the conductor knows of one stage.

    Attributes
    ----------
    state, message
        Where it stands, and why, where a sentence says it.
    fates
        The failed ancestor of each partition that failed or was skipped.
    located
        Where its results are; None before its plan is known.
    """

    def __init__(self, frozen: FrozenStage, stage: WorkflowStage, depth: int) -> None:
        self.frozen, self.stage, self.depth = frozen, stage, depth
        self.name = frozen.name
        self.state: StageState = "waiting" if frozen.run is not None else "off"
        self.message = ""
        self.fates: dict[int, Ancestor] = {}
        self.skipped = 0
        self.rounds = 0
        self.passed_over = 0
        self.located: Located | None = None
        self.feeding: Feeding | None = None
        self.execution: Execution | None = None
        self.batcher: Batcher | ReadyBatcher | None = None
        self.crew: Crew | None = None
        self.count = 0
        self._drive: StageDrive | None = None
        self._events: EventWriter | None = None

    @property
    def run(self) -> RunDirectory:
        """Its run's directory."""
        assert self.frozen.run is not None
        return self.frozen.run

    @property
    def drive(self) -> StageDrive:
        """Its drive; there from `open` on."""
        assert self._drive is not None
        return self._drive

    @property
    def events(self) -> EventWriter:
        """Its journal; there from `open` on."""
        assert self._events is not None
        return self._events

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ENDED

    @property
    def tally(self) -> Tally:
        """What came of its partitions."""
        return self.drive.tally

    def open(self, stop: Callable[[], bool], who: dict[str, Any]) -> None:
        """Make its drive, and note which process it belongs to."""
        self._events = EventWriter(self.run.events)
        update_manifest(self.run, who)
        self._drive = StageDrive(self.run, self._events, stop)
        self.count = self._drive.manifest["partitions"]

    def planned(self, count: int) -> None:
        """Take note of how many partitions it has, now that its plan is written."""
        self.count = self.drive.manifest["partitions"] = count
        update_manifest(self.run, {"partitions": count})

    def begin(self, slots: int) -> list[int]:
        """Take over what earlier runs have, and tell that it starts; give what is left to do."""
        drive = self.drive
        drive.started = time.monotonic()
        drive.take_over()
        self.located = Located(self.count)
        if drive.reused.indexes:
            for segment in read_indexes(self.run.segments):
                self.located.add(segment.path.name, segment.indexes)
        update_manifest(self.run, {"state": "running", "started": time.time()})
        keep_room(self.run)
        self.state = "running"
        self.events.emit(
            "run.started",
            run_id=self.run.run_id,
            stage=self.run.stage,
            partitions=self.count,
            slots=slots,
            runner=drive.contract.backend,
            pid=os.getpid(),
            host=os.uname().nodename,
            reused=len(drive.reused.indexes),
        )
        return [index for index in range(self.count) if index not in drive.reused.indexes]

    def skip(self, indexes: Sequence[int], ancestor: Ancestor) -> None:
        """Note that partitions cannot be done, and tell why."""
        self.skipped += len(indexes)
        for index in indexes:
            self.fates[index] = ancestor
        self.events.emit("partition.skipped", **skipped_fields(self.name, indexes, ancestor))

    def settle(self) -> RunState | list[int]:
        """Collect and merge what it has; see `StageDrive.settle`.

        Raises
        ------
        AgilabError
            Results cannot be merged, or the artifact cannot be written.
        """
        self.rounds += 1
        if self.rounds > _ROUNDS:
            raise AgilabError(
                "results were damaged on disk while the run went on, and again when they had been made anew",
                hint="check the disk, then run again: the other results are kept",
            )
        tidy_logs(self.run.logs)
        return self.drive.settle(self.fates.__contains__)

    def end(self, state: StageState, message: str = "") -> None:
        """Write how it ended, as a run of its own."""
        self.state, self.message = state, message
        told: RunState = "failed" if state in {"skipped", "failed"} else state  # type: ignore[assignment]  # those that end are run states
        tell_end(self.run, self.events, self._drive, told, message)

    def close(self) -> None:
        """Write no more."""
        if self._events is not None:
            self._events.close()


def skipped_fields(stage: str, indexes: Iterable[int], ancestor: Ancestor) -> dict[str, Any]:
    """Give the fields of ``partition.skipped``."""
    indexes = list(indexes)
    return {
        "stage": stage,
        "partitions": len(indexes),
        "indexes": ranges_text(tuple(indexes)),
        **ancestor.told(),
    }
