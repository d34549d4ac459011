"""What is known about the cost of a stage: plain data, gathered by whoever ran something of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One partition that was run.

    Attributes
    ----------
    weight
        As the plan weighs it.
    seconds, cpu_s
        What it took, reading its input and storing its result included; seconds of a core in it.
    memory_bytes, size_bytes
        Peak of its process (0: not known); its stored result.
    """

    weight: float
    seconds: float
    cpu_s: float = 0.0
    memory_bytes: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedCost:
    """What a run takes besides its partitions, in seconds; measured, never assumed.

    Attributes
    ----------
    start_s
        From submit until the first worker begins with a task.
    worker_s
        What each further worker adds to that.
    task_s, partition_s
        What a task, and each partition in it, takes a worker besides the function.
    end_s
        From the last task to the end, merging not counted.
    measured
        Where these come from, as a phrase.
    """

    start_s: float
    worker_s: float
    task_s: float
    partition_s: float
    end_s: float
    measured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """All that is known about the cost of a stage with this code and these parameters.

    Attributes
    ----------
    samples
        Partitions that were run; none where nothing is known.
    known
        Of them, those that are partitions of the plan at hand: plan index to sample.
    source
        Where the samples come from, as a phrase: ``a trial of 3 partitions``.
    load_s, first_s
        What each worker takes to import the author's module; what a worker's first partition takes longer.
    alone_factor
        Time of a partition where it may use all cores, by its time with a worker's threads; 1 where that
        makes no difference or is not known.
    together_factor, together
        Time of a partition while so many workers compute, by its time when only one does.
    merge_s
        What merging takes for each partition.
    fixed
        None where it was not measured for the back end.
    """

    samples: tuple[Sample, ...] = ()
    known: Mapping[int, Sample] = field(default_factory=dict)
    source: str = ""
    load_s: float = 0.0
    first_s: float = 0.0
    alone_factor: float = 1.0
    together_factor: float = 1.0
    together: int = 1
    merge_s: float = 0.0
    fixed: FixedCost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the run would be.

    Attributes
    ----------
    cores
        Cores of the machine that is planned for.
    memory_bytes
        Memory that all workers may have together; 0 where unknown.
    worker_limit_bytes
        Memory that the contract gives each worker; 0 for no limit.
    at_once
        Whether the back end runs partitions at the same time at all; where it does not, the estimate says
        what ``pool`` would do.
    """

    cores: int
    memory_bytes: int = 0
    worker_limit_bytes: int = 0
    at_once: bool = True
