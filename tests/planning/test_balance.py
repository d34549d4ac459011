"""Balance: against longest first, against the best there is, and on AGILAB's own cases."""

from __future__ import annotations

import random

import pytest

from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.planning.assign import assign


def longest_first(weights, capacities):
    """AGILAB's rule for many items, written down in the plainest way: the largest load by capacity."""
    loads = [0.0] * len(capacities)
    for weight in sorted(weights, reverse=True):
        projected = [(load + weight) / each for load, each in zip(loads, capacities, strict=True)]
        worker = projected.index(min(projected))
        loads[worker] += weight
    return most(loads, capacities)


def optimum(weights, capacities):
    """The least possible largest load by capacity: over all subsets for each worker in turn."""
    every = 1 << len(weights)
    sums = [0.0] * every
    for chosen in range(1, every):
        lowest = chosen & -chosen
        sums[chosen] = sums[chosen ^ lowest] + weights[lowest.bit_length() - 1]
    best = [each / capacities[0] for each in sums]
    for capacity in capacities[1:]:
        following = []
        for chosen in range(every):
            least, part = best[chosen], chosen
            while part:
                least = min(least, max(best[chosen ^ part], sums[part] / capacity))
                part = (part - 1) & chosen
            following.append(least)
        best = following
    return best[-1]


def most(loads, capacities):
    return max(load / each for load, each in zip(loads, capacities, strict=True))


def a_case(chance, largest):
    count, workers = chance.randint(1, largest), chance.randint(1, 6)
    kind = chance.choice([lambda: chance.random() * 100, lambda: chance.randint(0, 20), lambda: 1.5])
    capacities = [chance.choice([1.0, 2.0, 0.1 + chance.random() * 4]) for _ in range(workers)]
    return [kind() for _ in range(count)], capacities if chance.random() < 0.6 else [1.0] * workers


def test_2000_random_cases_are_never_worse_than_longest_first() -> None:
    chance = random.Random(20)
    for _ in range(2000):
        weights, capacities = a_case(chance, 40)
        owners, loads = assign(weights, len(capacities), capacities)
        assert len(owners) == len(weights)
        for worker, load in enumerate(loads):
            own = [weight for weight, owner in zip(weights, owners, strict=True) if owner == worker]
            assert load == pytest.approx(sum(own))
        assert most(loads, capacities) <= longest_first(weights, capacities) * (1 + 1e-9)


def test_fewer_than_twelve_get_the_best_there_is() -> None:
    chance = random.Random(5)
    sizes = [7] * 400 + [9] * 30 + [11] * 4
    for largest in sizes:
        weights, capacities = a_case(chance, largest)
        _, loads = assign(weights, len(capacities), capacities)
        assert most(loads, capacities) == pytest.approx(optimum(weights, capacities))


@pytest.mark.parametrize(
    ("weights", "capacities", "loads"),
    [
        ([1] * 10, [1, 4], (2, 8)),
        ([1] * 5, [1, 4], (1, 4)),
        ([8, 8, 1, 1], [2, 2], (9, 9)),
        ([4, 3, 2, 1], [1, 1], (5, 5)),
        ([5, 4, 3, 3, 3], [1, 1], (9, 9)),
        ([1] * 64, [1] * 8, (8,) * 8),
        ([9], [1] * 4, (9, 0, 0, 0)),
        ([2, 1], [1] * 4, (2, 1, 0, 0)),
    ],
)
def test_agilabs_cases(weights, capacities, loads) -> None:
    assert assign(weights, len(capacities), capacities)[1] == loads


def test_equal_items_go_round() -> None:
    owners, _ = assign(Same(1.0, 64), 8)
    assert [index for index, owner in enumerate(owners) if owner == 0] == list(range(0, 64, 8))


@pytest.mark.parametrize("capacities", [[1, 0], [1, -1], [1, float("inf")], [1, float("nan")], [1]])
def test_capacities_that_are_none(capacities) -> None:
    with pytest.raises(ValueError, match="capacities must be finite and positive"):
        assign([1, 2], 2, capacities)


def test_no_worker_and_bad_weights() -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        assign([1], 0)
    with pytest.raises(ValueError, match="finite and not negative"):
        assign([1, -1], 2)
