"""What a worker does with a task: call the function for each partition and write one segment.

This is the only code of ours that runs beside the user's, on every back end; what it imports is paid by
each worker.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.planning.stored import StoredPartitions
from jupyter_agilab.reduce.records import encode
from jupyter_agilab.run.arguments import Arguments
from jupyter_agilab.run.failures import failure_of, traceback_of
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.loading import forget_oldest, keep_runs, load_function
from jupyter_agilab.run.meter import Meter, peak_memory_bytes
from jupyter_agilab.run.notes import note_of_this_worker
from jupyter_agilab.run.output import worker_log
from jupyter_agilab.run.randomness import GlobalSeeding
from jupyter_agilab.run.replicas import end_replica, has_hooks, state_of
from jupyter_agilab.run.resume_key import resume_key
from jupyter_agilab.run.segments import SegmentWriter
from jupyter_agilab.run.threads_per_worker import limit_threads
from jupyter_agilab.run.types import Failure, StageSpec, Task, TaskReport

# so many neighbours are read in one go
_FEW = 8
# three files each
_MOST_OPEN_LOGS = 16
_lock = threading.Lock()
_arguments: dict[str, Arguments] = {}
_plans: dict[str, StoredPartitions] = {}
_specs: dict[str, StageSpec] = {}


def run_task(
    spec: StageSpec,
    task: Task,
    worker: str,
    *,
    keep_going: bool,
    shares_process: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
    partitions: Iterable[Partition] | None = None,
) -> TaskReport:
    """Run one batch on this worker; blocks until it is done.

    Parameters
    ----------
    spec, task
        What to run.
    worker
        The worker's name, for reports.
    keep_going
        Whether the rest of the batch is run after a partition that failed.
    shares_process
        Whether other tasks run in this process at the same time.
    should_stop
        Asked between partitions; what is finished by then is kept.
    partitions
        The task's partitions, where they are not to be read from the run's plan.

    Returns
    -------
    TaskReport
        Partitions that raised are failures in it, not exceptions. Results of the others are in the segment
        it names.

    Raises
    ------
    OSError
        The segment or the log cannot be written, or the contract's folder is gone.
    PlanError, ValueError
        The plan cannot be read.
    """
    started, clock = time.time(), time.perf_counter()
    run = RunDirectory(Path(spec.run_dir))
    slices = _planned(spec.run_dir, task.indexes) if partitions is None else partitions
    failures: list[Failure] = []
    prepared: tuple[Callable[..., Any], Arguments] | None = None
    slowest = busy = cpu = 0.0
    state: Any = None
    needs_state = bool(task.replica) and has_hooks(spec)
    note, meter = note_of_this_worker(run, worker), Meter(shared=shares_process)
    turns = min(spec.workflow.get("stages", 1), _MOST_OPEN_LOGS)
    log = worker_log(run.logs, worker, alone=not shares_process, most=turns)
    segment = SegmentWriter(run.segments, task.number)
    try:
        with log.taking(task.number, task.attempt):
            for partition in () if task.ends_replica else slices:
                if should_stop():
                    break
                log.start(partition.index, partition.id)
                note.begin(task.number, partition.index)
                # the partition before may have changed it
                os.chdir(spec.folder)
                try:
                    if prepared is None:
                        with log.loading():
                            # first, since it shows its own modules
                            state = state_of(spec, task.replica) if needs_state else None
                            prepared = _prepare(spec, run)
                        os.chdir(spec.folder)
                        # what importing took is not the partition's
                        note.begin(task.number, partition.index)
                    function, arguments = prepared
                    meter.start()
                    with ExitStack() as stack:
                        positional, named = arguments.of(partition, stack, inputs=task.inputs, state=state)
                        value = function(*positional, **named)
                        encoded = encode(
                            value, spec.record_format, partition=partition.id, described=partition.describe
                        )
                except BaseException as error:  # noqa: BLE001  # the user's, whatever it is; reported whole
                    failures.append(failure_of(error, partition, worker, task.attempt, spec))
                    if not keep_going:
                        break
                    continue
                used = meter.read()
                busy += used.seconds
                cpu += used.cpu_s
                slowest = max(slowest, used.seconds)
                segment.add(partition, resume_key(spec.stage_key, partition.fingerprint), encoded, used)
                note.end()
                # two partitions' data need not fit in memory at once
                del positional, named, value, encoded
            if task.ends_replica and (failure := _end_of_replica(spec, task, worker)) is not None:
                failures.append(failure)
        log.check()
        name = segment.finish().name if len(segment) else None
    finally:
        note.rest()
        segment.discard()
    return TaskReport(
        number=task.number,
        attempt=task.attempt,
        worker=worker,
        host=socket.gethostname(),
        pid=os.getpid(),
        started=started,
        seconds=time.perf_counter() - clock,
        busy_s=busy,
        segment=name,
        indexes=segment.indexes,
        bytes=segment.size,
        records=segment.record_count,
        failures=tuple(failures),
        slowest_s=slowest,
        cpu_s=cpu,
        peak_memory_bytes=meter.peak_memory_bytes or peak_memory_bytes(),
    )


def spec_of_run(run_dir: str) -> StageSpec:
    """Read what a run's workers are told; kept while the run is one of the last few.

    Raises
    ------
    OSError, ValueError
        It is not there, or not as it was written.
    """
    spec = _specs.get(run_dir)
    if spec is None:
        from jupyter_agilab.run.spec import load_spec

        spec = load_spec(RunDirectory(Path(run_dir))).stage
        if spec.workflow:
            keep_runs(spec.workflow["stages"])
        with _lock:
            _specs[run_dir] = spec
            forget_oldest(_specs)
    return spec


def _end_of_replica(spec: StageSpec, task: Task, worker: str) -> Failure | None:
    os.chdir(spec.folder)
    try:
        end_replica(spec, task.replica)
    except BaseException as error:  # noqa: BLE001  # the user's, whatever it is; told, and nothing depends on it
        return Failure(
            index=-1,
            partition="",
            described=f"teardown of {task.replica}",
            error_type=type(error).__name__,
            message=str(error),
            traceback=traceback_of(error),
            worker=worker,
        )
    return None


def _planned(run_dir: str, indexes: Sequence[int]) -> Iterator[Partition]:
    """Read partitions from the plan, neighbours in one go."""
    plan = _plans.get(run_dir)
    if plan is None:
        plan = stored_partitions(Path(run_dir))
        with _lock:
            _plans[run_dir] = plan
            forget_oldest(_plans)
    runs = 1 + sum(after != before + 1 for before, after in pairwise(indexes))
    if len(indexes) > _FEW and runs * _FEW > len(indexes):
        # as what is joined each with each comes
        yield from plan.scattered(indexes)
        return
    start = 0
    for place in range(1, len(indexes) + 1):
        if place == len(indexes) or indexes[place] != indexes[place - 1] + 1:
            yield from plan[indexes[start] : indexes[place - 1] + 1]
            start = place


def _prepare(spec: StageSpec, run: RunDirectory) -> tuple[Callable[..., Any], Arguments]:
    if spec.run_dir not in _arguments:
        # what a module draws while it is imported must not depend on the worker either
        GlobalSeeding(spec.sources, spec.seed).before_import()
    function = load_function(spec.sources, spec.digest, spec.entry, spec.function, spec.folder, run.code)
    with _lock:
        arguments = _arguments.get(spec.run_dir)
        if arguments is None:
            arguments = _arguments[spec.run_dir] = Arguments(spec, function)
            # in a worker that lives long, the shared data of older runs goes with them
            forget_oldest(_arguments)
    # what the author's module has imported is here now
    limit_threads()
    return function, arguments
