"""One run from its directory to its artifact: what is taken over, what is done, what is merged."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import AgilabError, PlanError, ReduceError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.store import HEADER, stored_partitions
from jupyter_agilab.planning.stored import StoredPartitions
from jupyter_agilab.reduce.registry import reducer_for
from jupyter_agilab.reduce.types import Reducer
from jupyter_agilab.run.artifact import partial_path, prepare_target, write_artifact
from jupyter_agilab.run.batching import Batcher
from jupyter_agilab.run.code import FrozenCode
from jupyter_agilab.run.collected import CollectedResults
from jupyter_agilab.run.crew import Crew
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.execute import Execution, Tally
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.loading import load_function
from jupyter_agilab.run.log_files import tidy_logs
from jupyter_agilab.run.manifest import environment, read_manifest, update_manifest
from jupyter_agilab.run.pinned_batching import PinnedBatcher
from jupyter_agilab.run.pinning import Pinning, resolve
from jupyter_agilab.run.policy import policy_of
from jupyter_agilab.run.resume_key import resume_keys
from jupyter_agilab.run.reuse import Reused, earlier_runs, reuse_results
from jupyter_agilab.run.runners import Runner, make_runner
from jupyter_agilab.run.segments import SegmentIndex, read_indexes
from jupyter_agilab.run.spec import load_spec
from jupyter_agilab.run.stop_request import Stopped, StopRequest
from jupyter_agilab.run.types import RunState

# results that turn out damaged on disk are done once more; it may be found twice, when merging and before
_ROUNDS = 4
_NAMED_MISSING = 1000


class _DamagedMeanwhile(Exception):  # noqa: N818  # never seen outside
    """Results were damaged between their check and the end of the merge."""


class Drive:
    """One run from its directory to its artifact."""

    def __init__(self, run: RunDirectory, events: EventWriter, stop: StopRequest) -> None:
        manifest = read_manifest(run)
        if manifest is None:
            raise AgilabError(f"{run.path} is not a run directory")
        self.run, self.events, self.stop = run, events, stop
        self.manifest = manifest
        self.settings: dict[str, Any] = manifest["settings"]
        frozen = load_spec(run)
        self.spec, self.reduce_code = frozen.stage, frozen.reduce_code
        backend = self.settings["backend"]
        self.contract = replace(frozen.contract, backend=backend) if backend else frozen.contract
        self.folder = Path(self.spec.folder)
        self.started = time.monotonic()
        self.reused = Reused(frozenset(), 0, 0)
        self.tally = Tally()
        self.artifact: dict[str, Any] = {}
        self.policy = policy_of(self.contract.execution)

    def go(self) -> RunState:
        """Do it; blocks until the run has ended, and says how."""
        count: int = self.manifest["partitions"]
        only: list[int] | None = self.settings["only"]
        chosen = range(count) if only is None else frozenset(only)
        self._reuse(chosen)
        pending: Sequence[int] = range(count) if only is None else only
        if self.reused.indexes:
            pending = [index for index in pending if index not in self.reused.indexes]
        workers = max(1, self.manifest["workers"])
        if not self.settings.get("distribution"):
            # pins name workers by their numbers
            workers = max(1, min(workers, len(pending)))
        if self.contract.backend == "local":
            workers = 1
        self.events.emit(
            "run.started",
            run_id=self.run.run_id,
            stage=self.run.stage,
            partitions=count,
            slots=workers,
            runner=self.contract.backend,
            pid=os.getpid(),
            host=os.uname().nodename,
            reused=len(self.reused.indexes),
        )
        for _ in range(_ROUNDS):
            if pending:
                self._execute(pending, workers)
            if self.tally.stopped:
                return "stopped"
            if self.tally.failed and not self.policy.keep_going:
                return "failed"
            results = self._collected(count)
            missing = results.missing()
            pending = [index for index in missing if index in chosen and index not in self.tally.failed]
            if not pending:
                try:
                    return self._reduce(results, missing) if len(results) or not missing else "failed"
                except _DamagedMeanwhile:
                    continue
            self.tally.finished -= len(pending)
        raise AgilabError(
            "results were damaged on disk while the run went on, and again when they had been made anew",
            hint="check the disk, then run again: the other results are kept",
        )

    def _planned(self) -> StoredPartitions:
        """Give the partitions; waits for the process that submitted the run to write the last of them."""
        header = self.run.path / HEADER
        while not header.exists():
            if self.stop():
                raise Stopped
            # in this order: the last thing that it does before it ends may be to write the plan
            if self._submitter_is_gone() and not header.exists():
                raise AgilabError("the process that started this run ended before its plan was written")
            time.sleep(0.005)
        return stored_partitions(self.run.path)

    def _submitter_is_gone(self) -> bool:
        submitter: int = self.manifest["submitter"]
        if "created" not in self.manifest:
            return os.getppid() != submitter
        # it is no child of whoever borrowed it
        try:
            os.kill(submitter, 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass
        return False

    def _reuse(self, chosen: Container[int]) -> None:
        """Take results over; not of the chosen partitions where they are to run whatever there is."""
        earlier = earlier_runs(self.run, self.folder, self.spec.stage_key)
        if not earlier:
            return
        force = self.settings["force"]
        wanted: dict[str, int] = {}
        for index, key in enumerate(resume_keys(self.spec.stage_key, self._planned().fingerprints())):
            if not (force and index in chosen):
                wanted.setdefault(key, index)
        if wanted:
            self.reused = reuse_results(earlier, self.run.segments, wanted)

    def _collected(self, count: int) -> CollectedResults:
        """Give the results that are whole, and of which there is one version only."""
        results = CollectedResults(self._whole_segments(), count)
        disputed = results.disputed()
        for segment in disputed:
            segment.path.unlink(missing_ok=True)
        return CollectedResults(self._whole_segments(), count) if disputed else results

    def _whole_segments(self) -> Iterator[SegmentIndex]:
        """Give the segments whose data is as it was written; reads all of it."""
        for index in read_indexes(self.run.segments):
            if self.stop():
                raise Stopped
            if index.data_is_whole():
                yield index

    def _execute(self, pending: Sequence[int], workers: int) -> None:
        runner = make_runner(
            self.contract,
            workers,
            self.manifest["threads_per_worker"],
            scheduler=self.settings["scheduler"],
            cluster=self.settings.get("cluster"),
            folder=self.folder,
            should_stop=self.stop,
            pinned=bool(self.settings.get("distribution")),
        )
        crew = Crew(self.events.emit)
        # beside the work: it takes as long as thousands of tiny partitions
        describing = threading.Thread(target=self._describe)
        try:
            # first of all: the workers come up while the plan is written and read
            runner.start(self.spec, crew)
            describing.start()
            self._load_reducer_meanwhile()
            partitions = self._planned()
            pinning = self._pinning(partitions, runner, crew)
            Execution(
                runner,
                crew,
                self._batcher(partitions, pending, runner, pinning),
                partitions,
                self.events,
                self.tally,
                spec=self.spec,
                run=self.run,
                policy=self.policy,
                should_stop=self.stop,
                pinning=pinning,
            ).run()
        finally:
            _end(runner, at_once=self.stop())
            if describing.ident is not None:
                # nobody else may change the manifest in the meantime
                describing.join()
            tidy_logs(self.run.logs)

    def _pinning(self, partitions: StoredPartitions, runner: Runner, crew: Crew) -> Pinning | None:
        """Find the workers that the plan's pins mean; those of a cluster join one after another."""
        pins = partitions.pins()
        if pins is None:
            return None
        elsewhere = self.settings["scheduler"] or self.settings.get("cluster")
        patience_s = 0.0 if self.contract.backend != "dask" else 30.0 if elsewhere else 15.0
        deadline = time.monotonic() + patience_s
        while True:
            try:
                found = resolve(pins, {name: member.host for name, member in crew.alive().items()})
                return Pinning(found, crew, runner.slots)
            except PlanError:
                if time.monotonic() >= deadline:
                    raise
            if self.stop():
                raise Stopped
            # nothing is under way: this hears who joins
            runner.wait(0.2)

    def _batcher(
        self, partitions: StoredPartitions, pending: Sequence[int], runner: Runner, pinning: Pinning | None
    ) -> Batcher | PinnedBatcher:
        weights, size = partitions.weights(), self.settings["batch_size"]
        if pinning is None:
            return Batcher(weights, pending, runner.slots, size)
        return PinnedBatcher(weights, pending, runner.slots, size, pins=pinning.pins.of, room=pinning.room())

    def _load_reducer_meanwhile(self) -> None:
        """Import the module of a custom reducer beside the work: that may take as long as a short run."""
        execution = self.contract.execution
        if self.reduce_code is None or (self.contract.backend == "pool" and execution.pool == "threads"):
            # threads that run partitions here must not see their modules change
            return

        def load() -> None:
            # what goes wrong is told when the reducer is needed
            with suppress(BaseException):
                os.chdir(self.folder)
                _reducer(self.contract, self.reduce_code, self.folder, self.run)

        threading.Thread(target=load, daemon=True).start()

    def _describe(self) -> None:
        if "environment" not in self.manifest:
            self.manifest["environment"] = environment(self.folder)
            with suppress(OSError):
                # what cannot be written now is told of by those who write results
                update_manifest(self.run, {"environment": self.manifest["environment"]})

    def _reduce(self, results: CollectedResults, missing: Sequence[int]) -> RunState:
        # where paths in the author's code start from
        os.chdir(self.folder)
        reducer = _reducer(self.contract, self.reduce_code, self.folder, self.run)
        self.events.emit("reduce.started", reducer=reducer.name)
        told = time.monotonic()

        def progress(merged: int) -> None:
            nonlocal told
            if self.stop():
                raise Stopped
            if time.monotonic() - told > 0.5:
                told = time.monotonic()
                self.events.emit("reduce.progress", merged=merged, partitions=len(results))

        target = Path(self.manifest["target"])
        lacks: dict[str, Any] = {}
        if missing:
            # never under the name of the whole
            target = partial_path(target)
            lacks = {"missing": missing[:_NAMED_MISSING], "missing_count": len(missing)}
        self._prepare(target)

        def record(identity: dict[str, Any]) -> None:
            if results.damaged():
                raise _DamagedMeanwhile
            # another stage of the same output may have ended meanwhile
            self._prepare(target)
            # from here on it is done
            self.stop.interrupts = False
            self.artifact = {"path": str(target), **identity, **lacks}
            update_manifest(self.run, {"artifact": self.artifact})

        try:
            # a reducer may compute for long without asking for results
            self.stop.interrupts = True
            reduction = write_artifact(target, reducer, results, progress, record)
        except Exception as error:
            self.stop.interrupts = False
            if results.damaged():
                raise _DamagedMeanwhile from error
            if isinstance(error, ReduceError):
                raise ReduceError(_with_inputs(error.message, self._planned()), hint=error.hint) from error
            raise
        finally:
            self.stop.interrupts = False
        self.artifact |= {
            "records": reduction.records,
            "columns": list(reduction.columns),
            "details": dict(reduction.details),
        }
        return "partial" if missing else "finished"

    def _prepare(self, target: Path) -> None:
        prepare_target(target, self.folder, self.run.stage, overwrite=self.settings["overwrite"])


def _with_inputs(message: str, partitions: Sequence[Partition]) -> str:
    """Name the partitions that a reducer tells of by what they are, which says more than their ids."""

    def named(found: re.Match[str]) -> str:
        return f"partition {found[1]} ({partitions[int(found[1])].describe()})"

    return re.sub(r"\bpartition (\d+) \([0-9a-f]{16}\)", named, message)


def _reducer(contract: Contract, code: FrozenCode | None, folder: Path, run: RunDirectory) -> Reducer:
    custom = None
    if code is not None:
        custom = load_function(code.sources, code.digest, code.entry, code.function, str(folder), run.code)
    return reducer_for(contract, custom)


def _end(runner: Runner, *, at_once: bool) -> None:
    with suppress(Exception):
        runner.stop(at_once=at_once)
