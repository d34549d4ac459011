"""Partitions to workers: the best possible for a few, longest first for many."""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Sequence
from itertools import cycle, islice

from jupyter_agilab.partition.parameter_sets import Same

EXACT_BELOW = 12
"""So many partitions are dealt out longest first; fewer in the best possible way."""

_MOST_STEPS = 2_000_000


def assign(
    weights: Sequence[float], workers: int, capacities: Sequence[float] | None = None
) -> tuple[Sequence[int], tuple[float, ...]]:
    """Give each partition a worker so that the largest load by capacity is small.

    Longest first: the heaviest partition goes first, each to the worker with the least load by capacity once
    it has it; ties go to the lowest index, and what weighs nothing goes round, so the answer is always the
    same. For equal capacities the largest load is at most 4/3 of the best possible (R. L. Graham,
    "Bounds on Multiprocessing Timing Anomalies", 1969). It takes time n log n, with capacities n times the
    workers.

    Fewer than 12 partitions are then placed by branch and bound: the answer is the best possible, and the one
    above wherever that is as good.

    Parameters
    ----------
    weights
        One per partition, finite and not negative.
    workers
        At least 1.
    capacities
        How fast each worker is relative to the others; finite and positive. All alike by default.

    Returns
    -------
    workers, loads
        The worker of each partition (0-based, in the order of `weights`), and the sum of weights of each
        worker.

    Raises
    ------
    ValueError
        A weight is negative or not finite, a capacity not positive, or there is no worker.
    """
    if workers < 1:
        raise ValueError("there must be at least one worker")
    if capacities is not None:
        if len(capacities) != workers or any(not (math.isfinite(each) and each > 0) for each in capacities):
            raise ValueError("capacities must be finite and positive, one for each worker")
        if len(set(capacities)) == 1:
            capacities = None
    if isinstance(weights, Same) and capacities is None:
        return _deal(weights.value, len(weights), workers)
    if any(not math.isfinite(weight) or weight < 0 for weight in weights):
        raise ValueError("weights must be finite and not negative")
    owners = _longest_first(weights, workers, capacities)
    if 1 < len(weights) < EXACT_BELOW and workers > 1:
        owners = _Search(weights, capacities or [1.0] * workers, owners).best()
    loads = [0.0] * workers
    for index in sorted(range(len(weights)), key=weights.__getitem__, reverse=True):
        loads[owners[index]] += weights[index]
    return owners, tuple(loads)


def _deal(weight: float, count: int, workers: int) -> tuple[Sequence[int], tuple[float, ...]]:
    """Do the same for equal weights, where longest first deals them out one by one."""
    owners = array("l", islice(cycle(range(workers)), count))
    return owners, tuple(weight * len(range(worker, count, workers)) for worker in range(workers))


def _longest_first(
    weights: Sequence[float], workers: int, capacities: Sequence[float] | None
) -> Sequence[int]:
    owners = array("l", bytes(array("l").itemsize * len(weights)))
    order = sorted(range(len(weights)), key=weights.__getitem__, reverse=True)
    if capacities is None:
        heap = [(0.0, 0, worker) for worker in range(workers)]
        for index in order:
            load, count, worker = heap[0]
            owners[index] = worker
            heapq.heapreplace(heap, (load + weights[index], count + 1, worker))
        return owners
    loads, counts = [0.0] * workers, [0] * workers
    for index in order:
        weight = weights[index]
        worker = min(
            range(workers),
            key=lambda each: ((loads[each] + weight) / capacities[each], 0 if weight else counts[each], each),
        )
        owners[index] = worker
        loads[worker] += weight
        counts[worker] += 1
    return owners


class _Search:
    """Branch and bound over all ways to place a few partitions, the heaviest first."""

    def __init__(self, weights: Sequence[float], capacities: Sequence[float], start: Sequence[int]) -> None:
        self._order = sorted(range(len(weights)), key=weights.__getitem__, reverse=True)
        self._sizes = [weights[index] for index in self._order]
        self._capacities = capacities
        self._owners = [start[index] for index in self._order]
        self._loads = [0.0] * len(capacities)
        self._now = [0] * len(self._order)
        self._steps = 0
        loads = [0.0] * len(capacities)
        for owner, size in zip(self._owners, self._sizes, strict=True):
            loads[owner] += size
        self._best = max(load / capacity for load, capacity in zip(loads, capacities, strict=True))
        # no way is better than this: all evenly spread, and the heaviest on the fastest
        self._least = max(sum(self._sizes) / sum(capacities), self._sizes[0] / max(capacities))

    def best(self) -> Sequence[int]:
        """Give the owner of each partition, in the order of the weights."""
        self._place(0, 0.0)
        owners = array("l", bytes(array("l").itemsize * len(self._order)))
        for index, owner in zip(self._order, self._owners, strict=True):
            owners[index] = owner
        return owners

    def _place(self, place: int, most: float) -> None:
        if place == len(self._order):
            self._best, self._owners = most, self._now.copy()
            return
        size = self._sizes[place]
        choices = []
        seen: set[tuple[float, float]] = set()
        for worker, (load, capacity) in enumerate(zip(self._loads, self._capacities, strict=True)):
            # workers that are as fast and have as much are alike
            if (load, capacity) not in seen:
                seen.add((load, capacity))
                choices.append(((load + size) / capacity, worker))
        for projected, worker in sorted(choices):
            self._steps += 1
            # what is better by rounding only is not better
            enough = self._best * (1 - 1e-12)
            if projected >= enough or self._best <= self._least * (1 + 1e-12) or self._steps > _MOST_STEPS:
                return
            load = self._loads[worker]
            self._loads[worker] = load + size
            self._now[place] = worker
            self._place(place + 1, max(most, projected))
            self._loads[worker] = load
