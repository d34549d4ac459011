"""What a worker does with a task: call the function for each partition and write one segment.

This is the only code of ours that runs beside the user's, on every back end; what it imports is paid by
each worker.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.reduce.records import encode
from jupyter_agilab.run.arguments import Arguments
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.loading import forget_oldest, load_function
from jupyter_agilab.run.output import TaskLog, routed_to
from jupyter_agilab.run.resume_key import resume_key
from jupyter_agilab.run.segments import SegmentWriter
from jupyter_agilab.run.types import Failure, StageSpec, Task, TaskReport
from jupyter_agilab.tracebacks import authors_traceback, text_of

# a library may put a whole table into an exception's text
_MESSAGE_CHARACTERS = 100_000
_lock = threading.Lock()
_arguments: dict[str, Arguments] = {}
_plans: dict[str, Sequence[Partition]] = {}


def run_task(
    spec: StageSpec,
    task: Task,
    worker: str,
    *,
    keep_going: bool,
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
    slowest = busy = 0.0
    log = TaskLog(run.logs / f"{task.number:06d}-{task.attempt}.jsonl")
    segment = SegmentWriter(run.segments, task.number)
    try:
        with routed_to(log):
            for partition in slices:
                if should_stop():
                    break
                log.start(partition.index, partition.id)
                # the partition before may have changed it
                os.chdir(spec.folder)
                try:
                    if prepared is None:
                        prepared = _prepare(spec, run)
                        os.chdir(spec.folder)
                    function, arguments = prepared
                    begun = time.perf_counter()
                    with ExitStack() as stack:
                        positional, named = arguments.of(partition, stack)
                        value = function(*positional, **named)
                        encoded = encode(
                            value, spec.record_format, partition=partition.id, described=partition.describe
                        )
                except BaseException as error:  # noqa: BLE001  # the user's, whatever it is; reported whole
                    failures.append(failure_of(error, partition, worker, task.attempt, spec))
                    if not keep_going:
                        break
                    continue
                seconds = time.perf_counter() - begun
                busy += seconds
                slowest = max(slowest, seconds)
                segment.add(partition, resume_key(spec.stage_key, partition.fingerprint), encoded, seconds)
        log.close()
        name = segment.finish().name if len(segment) else None
    finally:
        log.abandon()
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
        peak_memory_bytes=peak_memory_bytes(),
    )


def _planned(run_dir: str, indexes: Sequence[int]) -> Iterator[Partition]:
    """Read partitions from the plan, neighbours in one go."""
    plan = _plans.get(run_dir)
    if plan is None:
        plan = stored_partitions(Path(run_dir))
        with _lock:
            _plans[run_dir] = plan
            forget_oldest(_plans)
    start = 0
    for place in range(1, len(indexes) + 1):
        if place == len(indexes) or indexes[place] != indexes[place - 1] + 1:
            yield from plan[indexes[start] : indexes[place - 1] + 1]
            start = place


def _prepare(spec: StageSpec, run: RunDirectory) -> tuple[Callable[..., Any], Arguments]:
    function = load_function(spec.sources, spec.digest, spec.entry, spec.function, spec.folder, run.code)
    with _lock:
        arguments = _arguments.get(spec.run_dir)
        if arguments is None:
            arguments = _arguments[spec.run_dir] = Arguments(spec, function)
            # in a worker that lives long, the shared data of older runs goes with them
            forget_oldest(_arguments)
    return function, arguments


def failure_of(
    error: BaseException, partition: Partition, worker: str, attempt: int, spec: StageSpec
) -> Failure:
    """Describe the user's exception, with its traceback from the user's function on and its causes.

    Frozen modules go by the names that the author knows: ``stages/clean.py``, not the run's copy of it.
    """
    shown = authors_traceback(error)
    code = f"{RunDirectory(Path(spec.run_dir)).code}{os.sep}"
    frames = shown.stack if shown else ()
    lines = tuple(frame.lineno for frame in frames if frame.lineno and frame.filename == code + spec.entry)
    return Failure(
        index=partition.index,
        partition=partition.id,
        described=partition.describe(),
        error_type=type(error).__name__,
        message=_text_of(error),
        traceback=_cut(text_of(shown).replace(code, "")) if shown else "",
        module_lines=lines,
        cell_line=_cell_line(spec, lines),
        worker=worker,
        attempt=attempt,
    )


def _cell_line(spec: StageSpec, module_lines: Sequence[int]) -> int | None:
    """Give the innermost of a module's lines that stands in the notebook's cell, as the cell's line."""
    from jupyter_agilab.extract.line_map import cell_line

    text = spec.sources.get(spec.entry, "")
    lines = (cell_line(text, line) for line in reversed(module_lines))
    return next((line for line in lines if line is not None), None)


def _text_of(error: BaseException) -> str:
    try:
        return _cut(str(error))
    except Exception:  # noqa: BLE001  # an exception whose own text fails is still to be reported
        return "(its message cannot be shown)"


def _cut(text: str) -> str:
    if len(text) <= _MESSAGE_CHARACTERS:
        return text
    half = _MESSAGE_CHARACTERS // 2
    return f"{text[:half]}\n... {len(text) - 2 * half:,} characters left out ...\n{text[-half:]}"


def peak_memory_bytes() -> int:
    """Give the process's peak resident memory; 0 where the platform does not tell.

    Linux keeps ``ru_maxrss`` over exec, so there it may be that of the process which started this one.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii", "replace")
        return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    except (OSError, ValueError, IndexError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
