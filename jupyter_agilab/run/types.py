"""The words of a run: what workers are told, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_agilab.reduce.types import RecordFormat

RunState = Literal[
    "submitted", "running", "reducing", "finished", "partial", "failed", "stopped", "interrupted"
]
"""``partial``: the artifact is there and lacks the partitions that failed. ``interrupted`` is never written:
it is what a run is whose driver is gone without having said why.

``reducing`` stands in the journal only.
"""

ENDED: frozenset[RunState] = frozenset(("finished", "partial", "failed", "stopped", "interrupted"))
"""The states after which nothing more comes of a run."""


FailureKind = Literal["raised", "died", "timeout", "memory"]
"""``raised``: the author's function did. The others end the worker: it crashed, it took longer than
``timeout_s``, it took more memory than it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpec:
    """All that a worker needs to run any partition of a stage: plain data that any back end can send.

    Attributes
    ----------
    stage, run_id
        Names for logs and errors.
    function
        The function's name in the module ``entry``.
    entry
        Path of the module inside ``sources`` (``stages/clean.py``), or a dotted name where it is installed.
    sources
        Source text of the module and of every local module that it imports: relative path to text.
    digest
        Digest of ``sources``: the address of the code.
    folder
        The contract's folder, absolute: the working directory of the function.
    parameters
        ``[parameters]``, passed by keyword.
    split, record_format, seed
        As in the contract and its reducer.
    shared
        Name to ``{path, format, digest}``.
    reader
        Reader options from ``[partition]`` (``delimiter``, ``quotechar``, ``encoding``, ``columns``, …).
    stage_key
        What the resume keys of all partitions share.
    run_dir
        The run's directory, absolute: the plan is read there and segments are written there.
    notebook, cell
        Where the function was typed: the notebook, relative to ``folder``, and the id of its cell; empty
        where that is not known.
    has_typed_lines
        Whether the module is as we wrote it, so that its map of lines holds.
    workflow
        Empty unless the stage is run as part of a workflow. ``name`` and ``run`` are the workflow's name and
        the id of its run, ``stages`` is how many stages take turns; ``feeds`` gives the run directory of each
        stage that feeds this one; ``group`` has the group's ``name``, and as ``setup`` and ``teardown`` what
        a `jupyter_agilab.run.code.FrozenCode` says of the functions.
    """

    stage: str
    run_id: str
    function: str
    entry: str
    sources: Mapping[str, str]
    digest: str
    folder: str
    split: str
    parameters: Mapping[str, Any]
    record_format: RecordFormat
    seed: int
    shared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reader: Mapping[str, Any] = field(default_factory=dict)
    stage_key: str = ""
    run_dir: str = ""
    notebook: str = ""
    cell: str = ""
    has_typed_lines: bool = True
    workflow: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One batch on one worker: plan indexes, ascending. The worker reads the partitions from the plan.

    ``avoid`` names workers on which an earlier attempt failed: another one is taken where there is one.
    ``workers`` names those that alone may run it, each by its own name or by its host's; empty: any may.

    Where one runner serves the stages of a workflow, ``run_dir`` is the run that the task belongs to.
    ``inputs`` are then, by stage, the segments that hold the elements which feed the partitions; ``replica``
    is the replica of the stage's group whose turn it is (``g1-0``), and with ``ends_replica`` there is
    nothing to do but its ``teardown``; ``claims`` is what the worker must have declared, by name; what has
    the higher ``priority`` goes first, where a back end has a queue of its own.
    """

    number: int
    attempt: int
    indexes: tuple[int, ...]
    avoid: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    run_dir: str = ""
    inputs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    replica: str = ""
    ends_replica: bool = False
    claims: tuple[tuple[str, float], ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One partition that did not succeed: the user's own exception, whole.

    ``traceback`` starts at the user's function. ``module_lines`` are the lines of the stage's module that it
    goes through, outermost first, without repetitions; ``source_line`` is the text of the innermost.
    ``cell_line`` is the innermost of them that stands in the cell with the id ``cell`` of ``notebook``.
    """

    index: int
    partition: str
    described: str
    error_type: str
    message: str
    traceback: str
    module_lines: tuple[int, ...] = ()
    cell_line: int | None = None
    worker: str = ""
    attempt: int = 1
    kind: FailureKind = "raised"
    notebook: str = ""
    cell: str = ""
    source_line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """What a worker answers: small, whatever the results; those are in the segment.

    Times are seconds; ``started`` is seconds since the epoch on the worker's clock, ``busy_s`` is what the
    partitions took, reading their input and storing their results included. ``indexes`` are the plan's
    indexes of the partitions that the segment holds.
    """

    number: int
    attempt: int
    worker: str
    host: str
    pid: int
    started: float
    seconds: float
    busy_s: float
    segment: str | None
    indexes: tuple[int, ...]
    bytes: int
    records: int
    failures: tuple[Failure, ...] = ()
    slowest_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
