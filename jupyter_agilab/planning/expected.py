"""What is expected of a run: figures, and a verdict in words."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

VerdictCode = Literal["unknown", "run-here", "cluster", "merge", "not-worth-it"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code`` is stable, ``text`` is for people, ``workers`` are those to take (0: does not matter).

    ``is_worth_it`` says whether a run in parallel is expected to beat a plain loop; None where unknown.
    """

    code: VerdictCode
    text: str
    workers: int = 0
    is_worth_it: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A run with so many workers. ``is_here`` says that this machine has the cores and the memory for it."""

    workers: int
    seconds: float
    speed_up: float
    memory_bytes: int
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run of all partitions is expected to take; results of earlier runs are not counted on.

    Attributes
    ----------
    source
        What this follows from, as a phrase; empty where nothing of the stage was run.
    unknown
        What is not known, in sentences.
    work_s, longest_s
        All partitions one after another, and the longest of them.
    alone_s
        A plain loop over all partitions in one process.
    seconds
        The run with the plan's workers, which are ``workers``; with 1 where the back end is ``local``.
    overhead_s
        Of that, what goes by before the first partition and after the last one.
    handing_out_s
        What handing partitions out and storing results takes all workers together.
    memory_per_worker_bytes, result_bytes
        Of the partition that takes most (0: not known); all stored results.
    wall_time_s
        What to ask a queue for: a quarter more than the run is expected to take, in whole five minutes.
    enough_workers
        More than these gain less than a tenth.
    points
        The run with other numbers of workers, ascending.
    verdict
        What to do, in words.
    """

    source: str
    unknown: tuple[str, ...]
    verdict: Verdict
    workers: int = 1
    work_s: float = 0.0
    longest_s: float = 0.0
    alone_s: float = 0.0
    seconds: float = 0.0
    overhead_s: float = 0.0
    handing_out_s: float = 0.0
    memory_per_worker_bytes: int = 0
    result_bytes: int = 0
    wall_time_s: int = 0
    enough_workers: int = 1
    points: tuple[Point, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there are figures at all."""
        return bool(self.source)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form: ``estimate`` of ``plan --json``."""
        return dataclasses.asdict(self)
