"""sum, mean, min, max and select-best against calculations of their own."""

from __future__ import annotations

import json
import math
import random
import statistics
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce.custom import CustomReducer
from jupyter_agilab.reduce.exact_sum import ExactSum
from jupyter_agilab.reduce.registry import READY_MADE

Reduce = Callable[..., bytes]
finite = st.floats(allow_nan=False, allow_infinity=False)


def of(name: str, **options: Any) -> CustomReducer:
    make = next(each.make for each in READY_MADE if each.name == name)
    return CustomReducer(make, options, name=name)


@pytest.fixture
def value(reduce: Reduce) -> Callable[..., Any]:
    """Give ``value(name, values, **options)``: the artifact's value."""
    return lambda name, values, **options: json.loads(reduce(of(name, **options), values))


@given(st.lists(finite | st.integers(-(2**70), 2**70), min_size=1))
def test_sums_are_exact_and_rounded_once(values: list[float]) -> None:
    total = ExactSum()
    for each in values:
        total.add(each)
    exact = sum(map(Fraction, values))
    assert total.exact() == exact
    if all(isinstance(each, int) for each in values):
        assert total.value() == exact
        assert isinstance(total.value(), int)
    elif abs(exact) < 1e308:
        assert total.value() == float(exact)
        if all(isinstance(each, float) for each in values):
            assert total.value() == math.fsum(values)


@given(st.lists(st.tuples(finite, finite), min_size=1))
def test_weighted_sums_are_exact(pairs: list[tuple[float, float]]) -> None:
    total = ExactSum()
    for each, weight in pairs:
        total.add(each, weight)
    assert total.exact() == sum(Fraction(each) * Fraction(weight) for each, weight in pairs)


def test_sums_of_what_is_not_finite() -> None:
    for values, expected in (
        ([1.0, math.inf], math.inf),
        ([math.inf, -math.inf], math.nan),
        ([1, math.nan], math.nan),
        ([1e308] * 10, math.inf),
        ([-1e308] * 10, -math.inf),
        ([1e308, 1e308, -1e308], 1e308),
        ([0.1] * 10, 1.0),
        ([1e16, 1.0, -1e16], 1.0),
    ):
        total = ExactSum()
        for each in values:
            total.add(each)
        assert total.value() == expected or (math.isnan(expected) and math.isnan(total.value()))


def test_numbers(value: Callable[..., Any]) -> None:
    numbers = [3, None, 1, 4, 1, 5]
    assert value("sum", numbers) == 14
    assert value("mean", numbers) == 2.8
    assert value("min", numbers) == 1
    assert value("max", numbers) == 5
    assert value("sum", [0.1, 0.2, 0.3]) == 0.6
    assert value("sum", [True, True, False]) == 2


def test_mappings_key_by_key(value: Callable[..., Any]) -> None:
    rng = random.Random(5)
    results = [
        {"n": rng.randrange(100), "x": rng.gauss(0, 1e6), "day": f"2013-01-{at:02}"} for at in range(1, 29)
    ]
    numbers = [{"n": each["n"], "x": each["x"]} for each in results]
    assert value("sum", numbers) == {
        "n": sum(each["n"] for each in numbers),
        "x": math.fsum(each["x"] for each in numbers),
    }
    assert value("mean", numbers) == {
        "n": statistics.mean(each["n"] for each in numbers),
        "x": float(statistics.mean(Fraction(each["x"]) for each in numbers)),
    }
    assert value("min", results) == {
        "n": min(each["n"] for each in results),
        "x": min(each["x"] for each in results),
        "day": "2013-01-01",
    }
    assert value("max", results, keys=["day", "n"]) == {
        "day": "2013-01-28",
        "n": max(r["n"] for r in results),
    }


def test_a_key_that_some_lack_adds_nothing(value: Callable[..., Any]) -> None:
    results = [{"JFK": 1}, {"LGA": 5, "JFK": None}, {"JFK": 2}]
    assert value("sum", results) == {"JFK": 3, "LGA": 5}
    assert value("mean", results) == {"JFK": 1.5, "LGA": 5.0}
    assert value("max", results) == {"JFK": 2, "LGA": 5}
    assert value("mean", [{"a": None}]) == {"a": None}
    assert value("min", [{"a": None}]) == {"a": None}
    assert value("sum", [{"a": None}]) == {"a": 0}


def test_lists_and_tables_are_their_records(value: Callable[..., Any]) -> None:
    records = [{"n": 1, "x": 0.5}, {"n": 2, "x": 1.5}, {"n": 4, "x": 2.5}]
    expected = {"n": 7, "x": 4.5}
    assert value("sum", [records[:2], None, records[2:]]) == expected
    assert value("sum", [[1, 2, None], [4]]) == 7
    for name in ("pandas", "polars", "pyarrow"):
        library = pytest.importorskip(name)
        make = library.table if name == "pyarrow" else library.DataFrame
        table = make({"n": [1, 2], "x": [0.5, 1.5]})
        assert value("sum", [table, records[2]]) == expected
        assert value("select-best", [table, records[2]], by="n", mode="min") == records[0]


def test_weighted_means_join_means_of_parts(value: Callable[..., Any]) -> None:
    rng = random.Random(7)
    parts = [[rng.randrange(1000) for _ in range(size)] for size in (3, 50, 1, 7)]
    results = [{"delay": statistics.fmean(part), "flights": len(part)} for part in parts]
    found = value("mean", results, weight="flights")
    assert list(found) == ["delay"]
    assert found["delay"] == pytest.approx(
        statistics.fmean(delay for part in parts for delay in part), rel=1e-15
    )
    assert value("mean", [{"a": 1, "w": 0}], weight="w") == {"a": None}


def test_nan_is_passed_on_unless_it_is_to_be_skipped(value: Callable[..., Any]) -> None:
    results = [{"a": 1.0}, {"a": math.nan}, {"a": 3.0}]
    for name in ("sum", "mean", "min", "max"):
        for order in (results, results[::-1], results[1:]):
            assert math.isnan(value(name, order)["a"])
    assert value("sum", results, skipna=True) == {"a": 4.0}
    assert value("mean", results, skipna=True) == {"a": 2.0}
    assert value("min", results, skipna=True) == {"a": 1.0}
    assert value("max", results, skipna=True) == {"a": 3.0}


def test_select_best_takes_the_first_of_a_tie(value: Callable[..., Any]) -> None:
    results = [
        {"lr": at, "accuracy": score} for at, score in enumerate([0.5, 0.9, None, math.nan, 0.9, 0.1, 0.1])
    ]
    assert value("select-best", results, by="accuracy") == {"lr": 1, "accuracy": 0.9}
    assert value("select-best", results, by="accuracy", mode="min") == {"lr": 5, "accuracy": 0.1}
    assert value("select-best", [results[:3], [], results[3:]], by="lr", mode="max")["lr"] == 6
    assert value("select-best", [{"a": -math.inf}, {"a": math.nan}], by="a") == {"a": -math.inf}


def test_select_best_of_a_sweep(value: Callable[..., Any]) -> None:
    results = []
    for lr in (0.001, 0.01, 0.1):
        for batch in (32, 64):
            for seed in (0, 1):
                accuracy = 0.5 + lr * 10 * random.Random(seed).random()
                results.append({"lr": lr, "batch": batch, "seed": seed, "accuracy": accuracy})
    best = value("select-best", results, by="accuracy")
    assert best == {"lr": 0.1, "batch": 32, "seed": 0, "accuracy": 1.3444218515250481}


REFUSED: dict[str, tuple[str, dict[str, Any], list[Any], str, str]] = {
    "text": (
        "sum",
        {},
        [{"n": 1, "station": "JFK"}],
        'sum needs numbers, but result["station"] of partition 0 (id0) is of type str',
        "keys = [",
    ),
    "text by itself": (
        "mean",
        {},
        [1, "x"],
        "mean needs numbers, but result of partition 1 (id1) is of type str",
        "",
    ),
    "nested": (
        "max",
        {},
        [{"a": [1]}],
        'max needs numbers, but result["a"] of partition 0 (id0) is of type list',
        "",
    ),
    "numbers and mappings": (
        "sum",
        {},
        [None, 1, {"a": 1}],
        "sum needs one kind of result: partition 1 (id1) gave a number, partition 2 (id2) gave dict",
        "Return a number from every partition, or a mapping from every one.",
    ),
    "mappings and numbers": (
        "min",
        {},
        [{"a": 1}, 1],
        "min needs one kind of result: partition 0 (id0) gave a mapping, partition 1 (id1) gave int",
        "Return a number from every partition, or a mapping from every one.",
    ),
    "text and numbers": (
        "min",
        {},
        [{"a": 1}, {"a": "x"}],
        "min cannot compare numbers with text: result[\"a\"] of partition 1 (id1) is 'x'",
        "Return the same type",
    ),
    "a key that must be there": (
        "sum",
        {"keys": ["n"]},
        [{"n": 1}, {"m": 1}],
        "sum looks at the key 'n', which a result of partition 1 (id1) does not have",
        "It has 'm'.",
    ),
    "no weight": (
        "mean",
        {"weight": "w"},
        [{"a": 1}],
        "mean looks at the key 'w', which a result of partition 0 (id0) does not have",
        "It has 'a'.",
    ),
    "negative weight": (
        "mean",
        {"weight": "w"},
        [{"a": 1, "w": -1}],
        'mean needs weights that are finite and not negative, but result["w"] of partition 0 (id0) is -1',
        "",
    ),
    "nothing but None": ("mean", {}, [None, []], "mean has nothing to work on", "Return a number"),
    "best of numbers": (
        "select-best",
        {"by": "a"},
        [3],
        "select-best needs mappings, but partition 0 (id0) gave int",
        "",
    ),
    "best without the key": (
        "select-best",
        {"by": "acc"},
        [{"accuracy": 1}],
        "select-best looks at the key 'acc', which a result of partition 0 (id0) does not have",
        "It has 'accuracy'.",
    ),
    "best of text": (
        "select-best",
        {"by": "a"},
        [{"a": "x"}],
        'select-best compares numbers, but result["a"] of partition 0 (id0) is of type str',
        "",
    ),
    "best of nan": ("select-best", {"by": "a"}, [{"a": math.nan}], "select-best has nothing to work on", ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str, reduce: Reduce) -> None:
    name, options, values, told, hint = REFUSED[case]
    with pytest.raises(ReduceError) as caught:
        reduce(of(name, **options), values)
    assert caught.value.message.startswith(told)
    assert hint in caught.value.hint
