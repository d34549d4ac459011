"""What is told of a partition whose worker ended under it."""

from __future__ import annotations

from collections.abc import Sequence
from traceback import StackSummary

from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.failures import code_folders, place_of
from jupyter_agilab.run.stuck import Frame
from jupyter_agilab.run.types import Failure, FailureKind, StageSpec

_NAMES: dict[FailureKind, str] = {
    "timeout": "PartitionTimeout",
    "memory": "OutOfMemory",
    "died": "WorkerLost",
}


def failure_of_loss(
    partition: Partition,
    kind: FailureKind,
    cause: str,
    frames: Sequence[Frame],
    worker: str,
    attempt: int,
    spec: StageSpec,
) -> Failure:
    """Describe a partition whose worker was ended, or ended by itself, while it worked on it.

    Parameters
    ----------
    cause
        What happened to the worker, as a sentence.
    frames
        Where the worker was, outermost first, as far as that is known.
    """
    code = code_folders(spec)
    first = next((place for place, (file, _, _) in enumerate(frames) if code.match(file)), len(frames))
    frames = frames[first:]
    lines = tuple(line for file, line, _ in frames if code.sub("", file) == spec.entry)
    name = _NAMES[kind]
    text = ""
    if frames:
        summary = StackSummary.from_list([(file, line, function, None) for file, line, function in frames])
        stack = code.sub("", "".join(summary.format()))
        text = f"Traceback (most recent call last):\n{stack}{name}: {cause}\n"
    return Failure(
        index=partition.index,
        partition=partition.id,
        described=partition.describe(),
        error_type=name,
        message=cause,
        traceback=text,
        worker=worker,
        attempt=attempt,
        kind=kind,
        **place_of(lines, spec),
    )
