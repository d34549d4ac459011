"""The plan: what we decided from a contract. Immutable, made without running anything."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.types import Partition

if TYPE_CHECKING:
    from jupyter_agilab.planning.expected import Estimate
    from jupyter_agilab.planning.pins import Pins


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The partitions of a stage and who is expected to do them.

    Attributes
    ----------
    stage
        The contract's name.
    partitions
        In merge order; ``partitions[i].index == i``. May be lazy: index, slice or iterate, do not copy.
    workers
        Planned worker (0-based) of each partition, in the same order.
    requested_workers
        The contract's number, or the cores for ``auto``.
    effective_workers, planned_partitions
        AGILAB's two numbers (its preview's arithmetic), for comparison and as the wish.
    useful_workers
        ``min(effective_workers, number of partitions)``, at least 1: how many can be busy at once.
    threads_per_worker
        BLAS and OpenMP threads that each worker gets, so that workers x threads fits the cores.
    cores
        The cores that the plan was made for.
    input_files
        Number of files that the input names; 0 for a sweep.
    rule
        One sentence: the branch of the split rule that was taken.
    loads
        Sum of the weights of each worker's partitions, in worker order.
    findings
        What the reader should know before running; errors mean that the plan cannot run.
    estimate
        What a run is expected to take; None where nobody looked.
    pins
        Partitions that certain workers alone may do; None where any may do any.
    """

    stage: str
    partitions: Sequence[Partition]
    workers: Sequence[int]
    requested_workers: int
    effective_workers: int
    planned_partitions: int
    useful_workers: int
    threads_per_worker: int
    cores: int
    input_files: int
    rule: str
    loads: tuple[float, ...]
    findings: tuple[Finding, ...] = ()
    estimate: Estimate | None = None
    pins: Pins | None = None

    def weights(self) -> Sequence[float]:
        """Give the weights of the partitions, in order; where possible without making the partitions."""
        weights: object = getattr(self.partitions, "weights", None)
        if callable(weights):
            weights = weights()
        if isinstance(weights, Sequence | array):
            return weights
        return [partition.weight for partition in self.partitions]

    @property
    def partition_count(self) -> int:
        """How many partitions there really are."""
        return len(self.partitions)
