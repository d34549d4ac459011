"""The driver: the process that does a run. ``python -m jupyter_agilab.run RUN_DIRECTORY``.

It reads only the run directory, so a run needs no kernel, terminal or browser. Stop it with SIGTERM, SIGINT
or a file ``stop.request`` in its directory.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
import time
import traceback
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.errors import AgilabError, ReduceError, RunBusyError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.store import HEADER, StoredPartitions, stored_partitions
from jupyter_agilab.reduce.registry import reducer_for
from jupyter_agilab.reduce.types import Reducer
from jupyter_agilab.run.artifact import partial_path, prepare_target, write_artifact
from jupyter_agilab.run.batching import Batcher
from jupyter_agilab.run.code import FrozenCode
from jupyter_agilab.run.collected import CollectedResults
from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.execute import Execution, Tally
from jupyter_agilab.run.last_words import give_room, keep_room
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.loading import load_function
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.log_files import tidy_logs
from jupyter_agilab.run.manifest import environment, read_manifest, update_manifest
from jupyter_agilab.run.policy import policy_of
from jupyter_agilab.run.resume_key import resume_keys
from jupyter_agilab.run.reuse import Reused, earlier_runs, reuse_results
from jupyter_agilab.run.runners import Runner, make_runner
from jupyter_agilab.run.segments import SegmentIndex, read_indexes
from jupyter_agilab.run.spec import load_spec
from jupyter_agilab.run.stop_request import Stopped, StopRequest, end_when_stuck
from jupyter_agilab.run.types import RunState
from jupyter_agilab.tracebacks import authors_traceback, text_of

_LOCK_PATIENCE_S = 2.0
# what a driver has to stop by itself, before it is ended where it is
_STOP_PATIENCE_S = 1.2
_ROOM = "free space or make the folder writable, then run again: finished partitions are kept"
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
        workers = max(1, min(self.manifest["workers"], len(pending)))
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
            if os.getppid() != self.manifest["submitter"] and not header.exists():
                raise AgilabError("the process that started this run ended before its plan was written")
            time.sleep(0.005)
        return stored_partitions(self.run.path)

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
            should_stop=self.stop,
        )
        # beside the work: it takes as long as thousands of tiny partitions
        describing = threading.Thread(target=self._describe)
        try:
            # first of all: the workers come up while the plan is written and read
            runner.start(self.spec, self.events.emit)
            describing.start()
            self._load_reducer_meanwhile()
            partitions = self._planned()
            batcher = Batcher(partitions.weights(), pending, runner.slots, self.settings["batch_size"])
            Execution(
                runner,
                batcher,
                partitions,
                self.events,
                self.tally,
                spec=self.spec,
                run=self.run,
                policy=self.policy,
                should_stop=self.stop,
            ).run()
        finally:
            _end(runner, at_once=self.stop())
            if describing.ident is not None:
                # nobody else may change the manifest in the meantime
                describing.join()
            tidy_logs(self.run.logs)

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


def main(arguments: list[str]) -> int:
    """Run the driver; give 0 when the artifact was written, 1 otherwise."""
    run = RunDirectory(Path(arguments[0]).resolve())
    stop = StopRequest(run.stop_request)
    signal.signal(signal.SIGTERM, stop.ask)
    signal.signal(signal.SIGINT, stop.ask)
    os.register_at_fork(after_in_child=_hear_signals_as_usual)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    events = EventWriter(run.events)
    drive: Drive | None = None
    state: RunState = "failed"
    message = ""
    end_when_stuck(stop, lambda: _tell_end(run, events, drive, "stopped", ""))
    with StageLock(run.lock) as lock:
        try:
            _take(lock, run)
            update_manifest(run, {"state": "running", "pid": os.getpid(), "started": time.time()})
            keep_room(run)
            drive = Drive(run, events, stop)
            state = drive.go()
        except Stopped:
            state = "stopped"
        except AgilabError as error:
            message = str(error)
        except BaseException as error:  # noqa: BLE001  # whatever it is, the run must end with a sentence
            shown = authors_traceback(error)
            if shown is not None:
                # partitions report theirs themselves: this can only be the custom reducer's
                message = (
                    "the reducer's function raised:\n"
                    + text_of(shown).replace(f"{run.code}{os.sep}", "").rstrip()
                )
            else:
                with suppress(OSError):
                    traceback.print_exc()
                message = f"{type(error).__name__}: {error} (details: {run.driver_log})"
                if isinstance(error, OSError):
                    message = f"the run directory cannot be used: {message}\n    {_ROOM}"
        _tell_end(run, events, drive, state, message)
    # the guardian ends what is left: it must not be seen after the run has ended
    shutil.rmtree(run.notes, ignore_errors=True)
    events.close()
    return 0 if state == "finished" else 1


def _hear_signals_as_usual() -> None:
    """Let a copy of the driver that a partition in one of its threads forks be ended as any process is."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _take(lock: StageLock, run: RunDirectory) -> None:
    # somebody who only asks whether the lock is free holds it for a moment
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while not lock.acquire():
        if time.monotonic() > deadline:
            raise RunBusyError(
                f"another run of {run.stage!r} is under way",
                hint=f"watch it with `jupyter agilab attach {run.stage}`",
            )
        time.sleep(0.05)


def _tell_end(
    run: RunDirectory, events: EventWriter, drive: Drive | None, state: RunState, message: str
) -> None:
    give_room(run)
    totals: dict[str, Any] = {"finished": 0, "reused": 0, "failed": 0, "seconds": 0.0}
    artifact = drive.artifact if drive is not None and state in {"finished", "partial"} else {}
    if drive is not None:
        totals = {
            "finished": drive.tally.finished,
            "reused": len(drive.reused.indexes),
            "failed": len(drive.tally.failed),
            "seconds": round(time.monotonic() - drive.started, 3),
        }
    # a full or vanished disk was told already, as far as it could be
    with suppress(OSError):
        end = {"state": state, "ended": time.time(), "message": message, **totals}
        update_manifest(run, end | ({"artifact": artifact} if artifact else {}))
    with suppress(OSError):
        events.emit(
            "run.ended",
            state=state,
            artifact=artifact.get("path"),
            missing_count=artifact.get("missing_count", 0),
            message=message,
            **totals,
        )


def _reducer(contract: Contract, code: FrozenCode | None, folder: Path, run: RunDirectory) -> Reducer:
    custom = None
    if code is not None:
        custom = load_function(code.sources, code.digest, code.entry, code.function, str(folder), run.code)
    return reducer_for(contract, custom)


def _end(runner: Runner, *, at_once: bool) -> None:
    with suppress(Exception):
        runner.stop(at_once=at_once)
