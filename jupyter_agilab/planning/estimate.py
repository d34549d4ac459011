"""What a run will take: computed from partitions that were run, and from what runs cost here.

The model, for W workers and partitions that take ``s_i`` seconds::

    run(W) = start + worker x (W - 1) + load(W) + busy(W) + end + merge x partitions

``busy(W)`` hands the partitions out as a run does, heaviest first, each to the worker that is free (list
scheduling; R. L. Graham, "Bounds on Multiprocessing Timing Anomalies", 1969), and is never less than what the
cores can do: seconds of CPU in all, by cores. ``s_i`` grows with the workers that compute at the same time,
as far as that was measured. One after another, in a plain loop, they take ``load + sum of s_i``, less where
they can use the cores that are free then.
"""

from __future__ import annotations

import dataclasses
import heapq
import math
from collections.abc import Iterator, Sequence

from jupyter_agilab.planning.cost import Experience, FixedCost, Place, Sample
from jupyter_agilab.planning.expected import Estimate, Point
from jupyter_agilab.planning.fit import fitted
from jupyter_agilab.planning.verdict import verdict_of

_MOST_SIMULATED = 4_000
_BATCH_S = 0.75
"""What a run makes a task last, where partitions are shorter."""

_MOST_WORKERS = 1_024
_WALL_TIME_RESERVE = 1.25
_WALL_TIME_STEP_S = 300


def estimate(
    weights: Sequence[float], workers: int, experience: Experience, place: Place, *, can_merge: bool = True
) -> Estimate:
    """Compute what a run takes; a pure function.

    Parameters
    ----------
    weights
        One per partition of the plan.
    workers
        Workers of the plan.
    experience, place
        What is known, and where the run would be.
    can_merge
        Whether partitions of this stage can be made larger at all.
    """
    count = len(weights)
    if not experience.samples or not count:
        told = (
            "How long a partition takes, its memory and the size of its result: "
            "no trial and no run with this code and these parameters.",
        )
        return Estimate(source="", unknown=told if count else (), verdict=verdict_of(None, place))
    seconds = _seconds_of(weights, experience)
    cpu_share = _cpu_share(experience.samples)
    model = _Model(seconds, count, cpu_share, experience, place)
    fixed = experience.fixed
    unknown = [] if fixed is not None else ["What starting a run takes with this back end: it is left out."]
    memory = _memory(weights, experience)
    if not memory:
        unknown.append("The memory of a partition.")
    alone = experience.load_s + experience.first_s + model.work_s * experience.alone_factor
    workers = workers if place.at_once else 1
    run_s = model.run_s(workers)
    numbers = sorted({*_powers(min(count, _MOST_WORKERS)), workers, min(place.cores, count)})
    points = tuple(_point(model, number, alone, memory, place) for number in numbers)
    made = Estimate(
        source=experience.source,
        unknown=tuple(unknown),
        verdict=verdict_of(None, place),
        workers=workers,
        work_s=model.work_s,
        longest_s=model.longest_s,
        alone_s=alone,
        seconds=run_s,
        overhead_s=model.overhead_s(workers),
        handing_out_s=model.handing_out_s,
        memory_per_worker_bytes=memory,
        result_bytes=round(_mean_size(weights, experience) * count),
        wall_time_s=wall_time_s(run_s),
        enough_workers=_enough(points),
        points=points,
    )
    return dataclasses.replace(made, verdict=verdict_of(made, place, count=count, can_merge=can_merge))


def wall_time_s(seconds: float) -> int:
    """Give what to ask a queue for: a quarter more than is expected, in whole five minutes, at least one."""
    steps = math.ceil(round(seconds * _WALL_TIME_RESERVE, 3) / _WALL_TIME_STEP_S)
    return max(1, steps) * _WALL_TIME_STEP_S


class _Model:
    def __init__(
        self, seconds: _Times, count: int, cpu_share: float, experience: Experience, place: Place
    ) -> None:
        self._fixed = experience.fixed or FixedCost(
            start_s=0.0, worker_s=0.0, task_s=0.0, partition_s=0.0, end_s=0.0, measured=""
        )
        self._times, self._count, self._cpu_share = seconds, count, cpu_share
        self._experience, self._place = experience, place
        self.work_s = seconds.total()
        self.longest_s = seconds.longest()
        each_s = self.work_s / count + self._fixed.partition_s
        self._per_task = max(1.0, _BATCH_S / each_s) if each_s else float(count)

    @property
    def handing_out_s(self) -> float:
        return self._count * self._fixed.partition_s + self._count / self._per_task * self._fixed.task_s

    def overhead_s(self, workers: int) -> float:
        fixed, known = self._fixed, self._experience
        # more workers than cores take turns to import
        at_once = max(1.0, workers / max(1, self._place.cores)) if workers <= self._place.cores * 2 else 1.0
        load = (known.load_s + known.first_s) * at_once
        merge = known.merge_s * self._count
        return fixed.start_s + fixed.worker_s * (workers - 1) + load + fixed.end_s + merge

    def run_s(self, workers: int, *, cores: int | None = None) -> float:
        workers = max(1, min(workers, self._count))
        busy = self._times.makespan(workers)
        cores = cores if cores is not None else self._place.cores
        busy = max(busy, self.work_s * self._cpu_share / max(1, cores)) * self._slower(min(workers, cores))
        return self.overhead_s(workers) + busy + self.handing_out_s / workers

    def _slower(self, at_once: int) -> float:
        """Give by what partitions are slower beside others: a straight line from one to what was measured."""
        known = self._experience
        if known.together < 2:
            return 1.0
        part = (min(at_once, known.together) - 1) / (known.together - 1)
        return 1.0 + (known.together_factor - 1.0) * part


def _point(model: _Model, workers: int, alone_s: float, memory_bytes: int, place: Place) -> Point:
    # what this machine has no cores for is asked of a cluster that has them
    seconds = model.run_s(workers, cores=max(workers, place.cores))
    fits = not place.memory_bytes or memory_bytes * workers <= place.memory_bytes
    return Point(
        workers=workers,
        seconds=seconds,
        speed_up=alone_s / seconds if seconds else 1.0,
        memory_bytes=memory_bytes * workers,
        is_here=workers <= place.cores and fits,
    )


def _enough(points: Sequence[Point]) -> int:
    least = min(point.seconds for point in points)
    return next(point.workers for point in points if point.seconds <= 1.1 * least)


def _powers(most: int) -> Iterator[int]:
    number = 1
    while number <= most:
        yield number
        number *= 2
    yield most


class _Times:
    """Seconds of the partitions: some of them stand for ``each`` others where there are very many."""

    def __init__(self, seconds: Sequence[float], each: float, first: Sequence[float]) -> None:
        self._seconds, self._each, self._in_order = seconds, each, first

    def total(self) -> float:
        return math.fsum(self._seconds) * self._each

    def longest(self) -> float:
        return max(self._seconds, default=0.0)

    def makespan(self, workers: int) -> float:
        if self._each != 1.0:
            # so many even out; the longest may still come last
            return max(self.total() / workers, self.longest())
        ends = [0.0] * workers
        for seconds in self._in_order:
            heapq.heapreplace(ends, ends[0] + seconds)
        return max(ends)


def _seconds_of(weights: Sequence[float], experience: Experience) -> _Times:
    """Give the seconds of the partitions, in the order in which a run hands them out."""
    count = len(weights)
    curve = fitted([(sample.weight, sample.seconds) for sample in experience.samples])
    if count > _MOST_SIMULATED:
        chosen = [place * count // _MOST_SIMULATED for place in range(_MOST_SIMULATED)]
        seconds = [
            known.seconds if (known := experience.known.get(index)) else curve(weights[index])
            for index in chosen
        ]
        return _Times(seconds, count / _MOST_SIMULATED, ())
    order = sorted(range(count), key=lambda index: -weights[index])
    seconds = [
        known.seconds if (known := experience.known.get(index)) else curve(weights[index]) for index in order
    ]
    return _Times(seconds, 1.0, seconds)


def _cpu_share(samples: Sequence[Sample]) -> float:
    total = sum(sample.seconds for sample in samples)
    cpu = sum(sample.cpu_s for sample in samples)
    return cpu / total if total and cpu else 1.0


def _memory(weights: Sequence[float], experience: Experience) -> int:
    """Give the peak of the partition that takes most: by weight where larger ones take more."""
    seen = [(sample.weight, float(sample.memory_bytes)) for sample in experience.samples]
    if not any(memory for _, memory in seen):
        return 0
    largest = max(weights[index] for index in _thinned(len(weights)))
    most = max(memory for _, memory in seen)
    if len({weight for weight, _ in seen}) < 2:
        return round(most)
    return round(max(most, fitted(seen)(largest)))


def _mean_size(weights: Sequence[float], experience: Experience) -> float:
    curve = fitted([(sample.weight, float(sample.size_bytes)) for sample in experience.samples])
    places = _thinned(len(weights))
    return math.fsum(curve(weights[index]) for index in places) / len(places)


def _thinned(count: int) -> Sequence[int]:
    if count <= _MOST_SIMULATED:
        return range(count)
    return [place * count // _MOST_SIMULATED for place in range(_MOST_SIMULATED)]
