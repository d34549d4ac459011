"""What a partition takes with other cores than its worker's: alone with all of them, or beside other workers.

A worker gets its share of the cores' threads. A plain loop has all of them, so its partitions may be quicker;
workers that compute at the same time share the memory's bandwidth, caches and the clock of the processor, so
theirs may be slower. By how much is a matter of the function and the machine, so it is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.run.tried import LONGEST_AGAIN_S, TrialReport, TriedPartition

TryAgain = Callable[[str, Sequence[int], int], TrialReport]
"""Called with a name, plan indexes and threads; runs the partitions in a process of its own."""

_LEAST_S = 0.02
_LONGEST_TOGETHER_S = 3.0
_USES_MORE = 1.2
_MOST_TOGETHER = 16
_NOISE = 1.05
_ENOUGH_S = 1.0
_MOST_TIMES = 8


def alone_factor(plan: Plan, indexes: Sequence[int], report: TrialReport, try_again: TryAgain) -> float:
    """Say by what a partition is quicker where it may use all cores, as in a plain loop; 1: it is not."""
    middle = _middle(report)
    if plan.threads_per_worker >= plan.cores or not _is_measured_again(middle, LONGEST_AGAIN_S):
        return 1.0
    # the smallest first, so that what only the first one takes is not measured
    again = try_again("alone", (indexes[0], middle.index), plan.cores)
    if not again.ok:
        return 1.0
    took = [each for each in again.sizes if each.index == middle.index][-1]
    # without more CPU at the same time it is noise
    if took.cpu_s < _USES_MORE * took.seconds:
        return 1.0
    return min(1.0, took.seconds / middle.seconds)


def together_factor(plan: Plan, report: TrialReport, try_again: TryAgain) -> tuple[float, int]:
    """Say by what a partition is slower while as many workers as the run has compute; 1: it is not.

    Each process has a partition of its own, so that they meet nowhere that those of a run would not.

    Returns
    -------
    factor, workers
        The workers that were at it at the same time.
    """
    middle = _middle(report)
    workers = min(plan.useful_workers, plan.cores, plan.partition_count, _MOST_TOGETHER)
    if workers < 2 or not _is_measured_again(middle, _LONGEST_TOGETHER_S):
        return 1.0, 1
    first = min(max(0, middle.index - workers // 2), plan.partition_count - workers)
    others = [index for index in range(first, first + workers) if index != middle.index][: workers - 1]

    # short ones several times over: a moment in which others took the core must not be taken for the rule
    times = min(_MOST_TIMES, max(2, round(_ENOUGH_S / middle.seconds)))

    def take(index: int) -> float | None:
        try:
            again = try_again(f"beside-{index}", (index,) * times, plan.threads_per_worker)
        except (AgilabError, OSError):
            return None
        took = [each.seconds for each in again.sizes if each.index == index]
        return median(took) if again.ok and took else None

    alone = take(middle.index)
    with ThreadPoolExecutor(workers) as threads:
        seconds, *rest = threads.map(take, (middle.index, *others))
    if alone is None or seconds is None or None in rest:
        return 1.0, 1
    factor = seconds / alone
    return (factor if factor > _NOISE else 1.0), workers


def _middle(report: TrialReport) -> TriedPartition:
    return report.sizes[len(report.sizes) // 2]


def _is_measured_again(middle: TriedPartition, longest_s: float) -> bool:
    return middle.cpu_s > 0.5 * middle.seconds and _LEAST_S < middle.seconds < longest_s
