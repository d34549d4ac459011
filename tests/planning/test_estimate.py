"""The estimate, against runs that are simulated in the plainest way."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.planning.cost import Experience, FixedCost, Place, Sample
from jupyter_agilab.planning.estimate import estimate, wall_time_s
from jupyter_agilab.planning.fit import fitted

FIXED = FixedCost(start_s=0.5, worker_s=0.0, task_s=0.0, partition_s=0.0, end_s=0.1, measured="a test")


def made(weights, workers=2, *, samples=None, place=None, **known):
    samples = samples or [Sample(weight=1.0, seconds=2.0, cpu_s=2.0)]
    experience = Experience(samples=tuple(samples), source="a trial", **{"fixed": FIXED, **known})
    return estimate(weights, workers, experience, place or Place(cores=4))


def test_nothing_known_says_what_is_not_known() -> None:
    found = estimate([1.0, 2.0], 2, Experience(), Place(cores=2))
    assert not found.is_known
    assert found.verdict.code == "unknown"
    assert found.verdict.is_worth_it is None
    assert "no trial" in found.unknown[0]
    assert found.points == ()
    assert json.dumps(found.to_json())


def test_even_partitions() -> None:
    found = made(Same(1.0, 10), load_s=0.4)
    assert found.work_s == pytest.approx(20)
    assert found.alone_s == pytest.approx(20.4)
    assert found.seconds == pytest.approx(0.5 + 0.4 + 10 + 0.1)
    assert [point.workers for point in found.points] == [1, 2, 4, 8, 10]
    assert [point.is_here for point in found.points] == [True, True, True, False, False]
    assert found.verdict.code == "run-here"
    assert found.verdict.is_worth_it


@given(st.lists(st.floats(0.01, 9.0), min_size=1, max_size=40), st.integers(1, 8))
def test_the_run_is_what_list_scheduling_takes(weights, workers) -> None:
    samples = [Sample(weight=2.0, seconds=3.0, cpu_s=0.1)]
    found = made(weights, workers, samples=samples, place=Place(cores=8))
    free = [0.0] * min(workers, len(weights))
    for weight in sorted(weights, reverse=True):
        free[free.index(min(free))] += 1.5 * weight
    assert found.seconds == pytest.approx(0.6 + max(free))


def test_more_workers_than_cores_do_not_help_work_that_computes() -> None:
    computes = made(Same(1.0, 8), 8, place=Place(cores=2))
    waits = made(Same(1.0, 8), 8, place=Place(cores=2), samples=[Sample(weight=1.0, seconds=2.0, cpu_s=0.01)])
    assert computes.seconds > 8
    assert waits.seconds == pytest.approx(2.6)


def test_threads_that_are_free_in_a_plain_loop_count() -> None:
    assert made(Same(1.0, 10), alone_factor=0.5).alone_s == pytest.approx(10)
    assert made(Same(1.0, 10), alone_factor=0.3).verdict.is_worth_it is False


def test_partitions_that_were_run_count_as_they_were() -> None:
    known = {index: Sample(weight=1.0, seconds=5.0) for index in range(3)}
    assert made(Same(1.0, 4), known=known).work_s == pytest.approx(3 * 5 + 2)


def test_a_million_partitions_are_estimated_at_once() -> None:
    found = made(Same(1.0, 1_000_000))
    assert found.work_s == pytest.approx(2_000_000)
    weights = [random.Random(1).random() for _ in range(100_000)]
    assert made(weights).work_s == pytest.approx(2 * sum(weights), rel=0.05)


@pytest.mark.parametrize(
    ("seconds", "count", "place", "code"),
    [
        (2.0, 10, Place(cores=4), "run-here"),
        (0.01, 10, Place(cores=4), "not-worth-it"),
        (20.0, 1, Place(cores=4), "not-worth-it"),
        (600.0, 100, Place(cores=4), "cluster"),
        (0.00001, 200_000, Place(cores=4), "merge"),
        (2.0, 10, Place(cores=4, memory_bytes=100), "cluster"),
        (2.0, 10, Place(cores=1), "not-worth-it"),
    ],
)
def test_verdicts(seconds, count, place, code) -> None:
    fixed = FixedCost(start_s=0.5, worker_s=0.0, task_s=0.01, partition_s=0.0001, end_s=0.1, measured="")
    sample = Sample(weight=1.0, seconds=seconds, cpu_s=seconds, memory_bytes=200)
    assert made(Same(1.0, count), samples=[sample], place=place, fixed=fixed).verdict.code == code


def test_a_back_end_that_runs_one_after_another_is_told_what_pool_would_do() -> None:
    found = made(Same(1.0, 10), place=Place(cores=4, at_once=False))
    assert found.workers == 1
    assert "backend pool" in found.verdict.text


def test_the_fewest_workers_that_are_as_fast_are_named() -> None:
    assert made(Same(1.0, 3), 2, place=Place(cores=8)).enough_workers == 3
    assert made([100.0, 1.0, 1.0, 1.0], 4, place=Place(cores=8)).enough_workers == 1


@pytest.mark.parametrize(("minutes", "asked"), [(100, 125), (1, 5), (60, 75), (0, 5)])
def test_wall_time_has_a_reserve(minutes, asked) -> None:
    assert wall_time_s(minutes * 60) == asked * 60


def test_without_fixed_costs_that_is_said() -> None:
    found = made(Same(1.0, 10), fixed=None)
    assert "starting a run" in found.unknown[0]
    assert found.seconds == pytest.approx(10)


class TestFit:
    def test_one_weight_goes_in_proportion(self) -> None:
        assert fitted([(2, 4), (2, 6)])(4) == 10

    def test_of_no_weight_all_are_alike(self) -> None:
        assert fitted([(0, 3)])(0) == fitted([(0, 3)])(9) == 3

    def test_lines_join_the_samples_and_go_on(self) -> None:
        curve = fitted([(1, 1), (3, 5), (5, 6)])
        assert [curve(weight) for weight in (1, 2, 3, 4, 5, 7)] == [1, 3, 5, 5.5, 6, 7]

    def test_never_negative_and_never_falling_outside(self) -> None:
        assert fitted([(10, 1), (20, 100)])(0) == 0
        assert fitted([(10, 9), (20, 1)])(100) == 1

    @given(
        st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e3)), min_size=1, max_size=50), st.floats(0, 1e7)
    )
    def test_any_samples(self, samples, weight) -> None:
        assert fitted(samples)(weight) >= 0


def test_partitions_that_slow_each_other_down() -> None:
    """As measured with two workers, half of that with nobody beside, and no more with further ones."""
    alike = made(Same(1.0, 12), 4, together_factor=1.5, together=4)
    assert alike.seconds == pytest.approx(0.6 + 6 * 1.5)
    by_workers = {point.workers: point.seconds for point in alike.points}
    assert by_workers[1] == pytest.approx(0.6 + 24)
    assert by_workers[2] == pytest.approx(0.6 + 12 * (1 + 0.5 / 3))
    assert alike.alone_s == pytest.approx(24)
    assert made(Same(1.0, 12), 12, together_factor=3.0, together=2).verdict.is_worth_it is True
    assert made(Same(1.0, 12), 2, together_factor=2.0, together=2, place=Place(cores=2)).verdict.code == (
        "not-worth-it"
    )
