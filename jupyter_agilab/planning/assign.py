"""Partitions to workers: longest first, each to the worker with the least load."""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Sequence
from itertools import cycle, islice

from jupyter_agilab.partition.parameter_sets import Same


def assign(weights: Sequence[float], workers: int) -> tuple[Sequence[int], tuple[float, ...]]:
    """Give each partition a worker so that the loads are near equal.

    The heaviest partition goes first, each to the worker with the least load so far; ties go to the lowest
    index, so the answer is always the same. The largest load is at most 4/3 of the best possible (R. L.
    Graham, "Bounds on Multiprocessing Timing Anomalies", 1969). It takes time n log n.

    Parameters
    ----------
    weights
        One per partition, finite and not negative.
    workers
        At least 1.

    Returns
    -------
    workers, loads
        The worker of each partition (0-based, in the order of `weights`), and the sum of weights of each
        worker.

    Raises
    ------
    ValueError
        A weight is negative or not finite.
    """
    if isinstance(weights, Same):
        return _deal(weights.value, len(weights), workers)
    if any(not math.isfinite(weight) or weight < 0 for weight in weights):
        raise ValueError("weights must be finite and not negative")
    owners = array("l", bytes(array("l").itemsize * len(weights)))
    heap = [(0.0, worker) for worker in range(workers)]
    for index in sorted(range(len(weights)), key=weights.__getitem__, reverse=True):
        load, worker = heap[0]
        owners[index] = worker
        heapq.heapreplace(heap, (load + weights[index], worker))
    return owners, tuple(load for load, _ in sorted(heap, key=lambda entry: entry[1]))


def _deal(weight: float, count: int, workers: int) -> tuple[Sequence[int], tuple[float, ...]]:
    """Do the same for equal weights, where longest first deals them out one by one."""
    owners = array("l", islice(cycle(range(workers)), count))
    return owners, tuple(weight * len(range(worker, count, workers)) for worker in range(workers))
