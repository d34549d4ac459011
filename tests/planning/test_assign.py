from __future__ import annotations

import random
import time
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.planning.assign import assign


def longest_first(weights, workers):
    """The same rule written down in the plainest way: the largest load it gives."""
    loads = [0.0] * workers
    for weight in sorted(weights, reverse=True):
        loads[loads.index(min(loads))] += weight
    return loads


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1000), max_size=60), st.integers(1, 12))
def test_balance_is_that_of_plain_longest_first(weights, workers) -> None:
    owners, loads = assign(weights, workers)
    assert len(owners) == len(weights)
    assert len(loads) == workers
    for worker in range(workers):
        assert loads[worker] == sum(
            weight for weight, owner in zip(weights, owners, strict=True) if owner == worker
        )
    assert max(loads, default=0) <= max(longest_first(weights, workers))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(1, 3))
def test_never_more_than_a_third_above_the_best(weights, workers) -> None:
    best = min(_every_largest_load(tuple(weights), workers))
    assert max(assign(weights, workers)[1]) <= best * (4 / 3 - 1 / (3 * workers)) + 1e-9


def _every_largest_load(weights, workers):
    states = {(0,) * workers}
    for weight in weights:
        states = {
            tuple(sorted((*state[:place], state[place] + weight, *state[place + 1 :])))
            for state in states
            for place in range(workers)
        }
    return [state[-1] for state in states]


@pytest.mark.parametrize(
    ("weights", "workers", "owners", "loads"),
    [
        ([4, 3, 2, 1], 2, [0, 1, 1, 0], (5, 5)),
        ([5, 4, 3, 3, 3], 2, [0, 0, 1, 1, 1], (9, 9)),
        ([9], 4, [0], (9, 0, 0, 0)),
        ([], 2, [], (0, 0)),
        ([0, 0, 0], 2, [0, 1, 0], (0, 0)),
        ([1, 2, 3, 4], 1, [0, 0, 0, 0], (10,)),
    ],
)
def test_values(weights, workers, owners, loads) -> None:
    found, sums = assign(weights, workers)
    assert (list(found), sums) == (owners, loads)


@pytest.mark.parametrize("weights", [Same(1.0, 64), [1.0] * 64])
def test_equal_weights_are_dealt_out(weights) -> None:
    owners, loads = assign(weights, 8)
    assert list(owners) == [number % 8 for number in range(64)]
    assert loads == (8.0,) * 8


def test_it_is_quick() -> None:
    rng = random.Random(3)
    weights = array("d", (rng.expovariate(1e-6) for _ in range(200_000)))
    started = time.perf_counter()
    owners, loads = assign(weights, 64)
    assert time.perf_counter() - started < 3
    assert max(loads) - min(loads) < max(weights)
    assert list(owners) == list(assign(weights, 64)[0])


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_weights_must_be_numbers_that_add_up(wrong) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        assign([1.0, wrong], 2)
