"""What a partition takes beside others, and alone: from trials that are told to have taken some time."""

from __future__ import annotations

import threading

import pytest

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.run.trial_factors import alone_factor, together_factor
from jupyter_agilab.run.tried import TrialReport, TriedPartition


class OfPlan:
    """As much of a plan as is looked at."""

    def __init__(self, *, cores: int = 2, workers: int = 2, count: int = 9, threads: int = 1) -> None:
        self.cores, self.useful_workers, self.partition_count = cores, workers, count
        self.threads_per_worker = threads

    def weights(self):
        return Same(1.0, self.partition_count)


def tried(index: int, seconds: float, cpu_s: float) -> TriedPartition:
    return TriedPartition(
        index=index,
        partition=f"p{index}",
        described="",
        weight=1.0,
        seconds=seconds,
        cpu_s=cpu_s,
        memory_bytes=0,
        size_bytes=0,
    )


def report(*sizes: TriedPartition, ok: bool = True) -> TrialReport:
    return TrialReport(
        stage="s",
        partition="p0",
        described="",
        ok=ok,
        seconds=0.0,
        load_seconds=0.0,
        peak_memory_bytes=0,
        records=0,
        size_bytes=0,
        preview="",
        output="",
        failure=None,
        reducer=(),
        sizes=sizes,
    )


ALONE = report(tried(0, 1.0, 1.0), tried(4, 1.0, 1.0), tried(8, 1.0, 1.0))


def test_beside_others_each_has_a_partition_of_its_own_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=30)
    seen: list[int] = []

    def again(name: str, indexes, threads: int) -> TrialReport:
        seen.append(indexes[0])
        if len(seen) == 1:
            return report(*(tried(index, 1.0, 1.0) for index in indexes))
        together.wait()
        return report(*(tried(index, 1.4, 1.4) for index in indexes))

    assert together_factor(OfPlan(cores=3, workers=3), ALONE, again) == (pytest.approx(1.4), 3)
    assert len(set(seen[1:])) == 3
    assert seen[0] == 4
    assert 4 in seen[1:]


@pytest.mark.parametrize(
    ("plan", "alone"),
    [
        (OfPlan(workers=1), ALONE),
        (OfPlan(cores=1), ALONE),
        (OfPlan(), report(tried(0, 1.0, 0.1))),
        (OfPlan(), report(tried(0, 0.001, 0.001))),
        (OfPlan(), report(tried(0, 60.0, 60.0))),
    ],
    ids=["one worker", "one core", "it waits", "tiny", "long"],
)
def test_where_nothing_can_be_learned_nothing_is_run(plan, alone) -> None:
    def never(*_: object) -> TrialReport:
        raise AssertionError

    assert together_factor(plan, alone, never) == (1.0, 1)


def test_one_that_fails_beside_others_tells_nothing() -> None:
    def again(name: str, indexes, threads: int) -> TrialReport:
        if indexes[0] != 4:
            raise AgilabError("the process died")
        return report(tried(4, 2.0, 2.0))

    assert together_factor(OfPlan(), ALONE, again) == (1.0, 1)


def test_noise_and_being_quicker_are_no_factor() -> None:
    for seconds in (0.7, 1.0, 1.04):
        took = iter([1.0, seconds, seconds])
        again = lambda name, indexes, threads, took=took: report(tried(indexes[0], next(took), 1.0))  # noqa: E731
        assert together_factor(OfPlan(), ALONE, again)[0] == 1.0


def test_alone_is_quicker_only_where_more_cores_were_at_work() -> None:
    plan = OfPlan(threads=1)
    uses_both = report(tried(0, 0.6, 1.1), tried(4, 0.6, 1.1))
    assert alone_factor(plan, (0, 4, 8), ALONE, lambda *_: uses_both) == pytest.approx(0.6)
    uses_one = report(tried(0, 0.6, 0.6), tried(4, 0.6, 0.6))
    assert alone_factor(plan, (0, 4, 8), ALONE, lambda *_: uses_one) == 1.0
