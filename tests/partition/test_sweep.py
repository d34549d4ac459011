from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.parameter_sets import axis_of
from jupyter_agilab.partition.types import Partition, canonical

TOML = 'lr = [0.1, 0.01, 0.001]\nbatch = [16, 32]\nepochs = 5\nseed = [1, 2]\nname = "run"\n'
GRID = {"lr": [0.1, 0.01, 0.001], "batch": [16, 32], "epochs": 5, "seed": [1, 2], "name": "run"}


@pytest.fixture
def sweep(plan_of, tmp_path):
    def plan(text, name="grid.json", **table):
        (tmp_path / name).write_text(text if isinstance(text, str) else json.dumps(text))
        return plan_of(
            tmp_path,
            split="parameter-sweep",
            partition_strategy="parameter-items",
            input=name,
            partition=PartitionTable(**table),
        )

    return plan


def sets_of(plan):
    return [dict(partition.parameters) for partition in plan.partitions]


def expected(grid=GRID):
    lists = {name: value if isinstance(value, list) else [value] for name, value in grid.items()}
    return [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("grid.toml", TOML),
        ("grid.json", json.dumps(GRID)),
        ("grid.yaml", "lr: [0.1, 0.01, 0.001]\nbatch: [16, 32]\nepochs: 5\nseed:\n- 1\n- 2\nname: run\n"),
        ("grid.yml", "\ufefflr: [0.1, 0.01, 0.001]\nbatch: [16, 32]\nepochs: 5\nseed: [1, 2]\nname: run\n"),
    ],
)
def test_lists_multiply_with_the_first_key_slowest(sweep, name, text) -> None:
    plan = sweep(text, name)
    assert sets_of(plan) == expected()
    assert [list(partition.parameters) for partition in plan.partitions] == [list(GRID)] * 12
    assert plan.rule.startswith("12 parameter sets: lr (3) x batch (2) x seed (2); constant: epochs, name")
    assert (plan.planned_partitions, plan.partition_count, plan.input_files) == (12, 12, 0)
    assert plan.findings == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sets.json", '[{"lr": 0.1, "n": 1}, {"lr": 0.2, "n": 2}]'),
        ("sets.toml", "[[sets]]\nlr = 0.1\nn = 1\n[[sets]]\nlr = 0.2\nn = 2\n"),
        ("sets.yaml", "- {lr: 0.1, n: 1}\n- {lr: 0.2, n: 2}\n"),
        ("sets.csv", "lr,n\n0.1,1\n\n0.2,2\n"),
    ],
)
def test_listed_sets_are_taken_as_they_are(sweep, name, text) -> None:
    assert sets_of(sweep(text, name)) == [{"lr": 0.1, "n": 1}, {"lr": 0.2, "n": 2}]


def test_csv_cells(sweep) -> None:
    row = [
        "1",
        "-2.5",
        "1e-3",
        ".5",
        "007",
        "true",
        "False",
        "",
        " text ",
        "nan",
        "1_000",
        "+3",
        "1.",
        "e5",
        "-",
    ]
    out = io.StringIO()
    csv.writer(out).writerows([[f"c{number}" for number in range(len(row))], row])
    values = list(sets_of(sweep(out.getvalue(), "sets.csv"))[0].values())
    assert math.isnan(values.pop(9))
    assert values == [1, -2.5, 0.001, 0.5, "007", True, False, None, " text ", "1_000", 3, 1.0, "e5", "-"]
    assert [type(value) for value in values[:2]] == [int, float]


def test_values_of_other_kinds_survive(sweep) -> None:
    plan = sweep(
        "day = [2024-02-29, 2024-03-01]\nat = 2024-01-01T10:00:00\noptions = {a = [1, 2], b = {c = 3}}\n",
        "s.toml",
    )
    first, second = sets_of(plan)
    assert (first["day"], second["day"]) == (datetime.date(2024, 2, 29), datetime.date(2024, 3, 1))
    assert first["options"] == {"a": [1, 2], "b": {"c": 3}}
    assert first["at"] == datetime.datetime(2024, 1, 1, 10)


def test_nested_lists_and_tables_are_values(sweep) -> None:
    grid = {"layers": [[64], [64, 32]], "opt": [{"kind": "sgd"}, {"kind": "adam", "b": [1, 2]}]}
    assert sets_of(sweep(grid)) == expected(grid)


def test_zipped_lists_advance_together(sweep) -> None:
    grid = {"a": [1, 2], "b": [10, 20, 30], "c": ["x", "y"], "d": [7, 8, 9], "e": 0}
    plan = sweep(grid, zip=(("c", "a"), ("b", "d")))
    assert sets_of(plan) == [
        {"a": a, "b": b, "c": c, "d": d, "e": 0}
        for (a, c), (b, d) in itertools.product([(1, "x"), (2, "y")], [(10, 7), (20, 8), (30, 9)])
    ]
    assert list(plan.partitions[0].parameters) == list("abcde")
    assert "a with c (2) x b with d (3); constant: e" in plan.rule


@pytest.mark.parametrize(
    ("zipped", "told"),
    [
        ((("a", "z"),), "`zip` names 'z', which is not in the sweep"),
        ((("a", "e"),), "`zip` names 'e', which has one value"),
        ((("a", "b"),), "must have the same length: a has 2, b has 3"),
        ((("a", "c"), ("c", "a")), "`zip` names 'a' 2 times"),
    ],
)
def test_zip_that_does_not_fit(sweep, zipped, told) -> None:
    with pytest.raises(PlanError, match=told.replace("(", r"\(")) as caught:
        sweep({"a": [1, 2], "b": [1, 2, 3], "c": [1, 2], "e": 1}, zip=zipped)
    assert {finding.key for finding in caught.value.findings} == {"partition.zip"}


def test_a_filter_leaves_sets_out(sweep) -> None:
    plan = sweep(TOML, "g.toml", where="lr * batch < 1 and not (seed == 2 and batch == 16)")
    assert sets_of(plan) == [
        item
        for item in expected()
        if item["lr"] * item["batch"] < 1 and not (item["seed"] == 2 and item["batch"] == 16)
    ]
    assert plan.rule.startswith("6 of 12 parameter sets")


def test_a_filter_works_on_listed_sets(sweep) -> None:
    assert sets_of(sweep([{"a": 1}, {"a": 2}, {"a": 3}], where="a != 2")) == [{"a": 1}, {"a": 3}]


def test_a_filter_that_leaves_nothing_is_told(sweep) -> None:
    plan = sweep({"a": [1, 2]}, where="a > 5")
    assert (plan.effective_workers, plan.planned_partitions, plan.partition_count) == (1, 1, 0)
    assert [finding.code for finding in plan.findings] == ["plan.no-input"]
    assert "leaves none" in plan.findings[0].message


def test_a_filter_that_fails_names_the_set(sweep) -> None:
    with pytest.raises(PlanError, match="`where` fails for a=\"x\", b=1: '<' not supported"):
        sweep({"a": [1, "x"], "b": 1}, where="a < 2")


def test_repeated_values_are_told_and_ids_stay_unique(sweep) -> None:
    plan = sweep({"lr": [0.1, 0.2, 0.1, 0.1], "n": [1, 1.0, True]})
    assert [finding.code for finding in plan.findings] == ["plan.duplicate-sets"]
    assert "lr lists 0.1 more than once: 6 of 12 sets are repetitions" in plan.findings[0].message
    assert len({partition.id for partition in plan.partitions}) == 12
    once = {partition.id for partition in sweep({"lr": [0.1, 0.2], "n": [1, 1.0, True]}).partitions}
    assert once < {partition.id for partition in plan.partitions}


def test_repeated_sets_are_told_and_ids_stay_unique(sweep) -> None:
    plan = sweep([{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 3}, {"a": 1, "b": 2}])
    assert "2 of 4 sets are repetitions; the first is set 2" in plan.findings[0].message
    assert len({partition.id for partition in plan.partitions}) == 4


def test_nan_is_told(sweep) -> None:
    plan = sweep('{"a": [1.0, NaN]}')
    assert [(finding.code, finding.severity) for finding in plan.findings] == [("partition.nan", "warning")]
    assert math.isnan(plan.partitions[1].parameters["a"])


def test_a_number_that_yaml_reads_as_text_is_told(sweep) -> None:
    plan = sweep("lr: [1e-3, 1.0e-4]\n", "g.yaml")
    assert [finding.code for finding in plan.findings] == ["partition.yaml-number"]
    assert "1.0e-3" in plan.findings[0].hint


def test_the_order_of_the_file_does_not_change_ids(sweep) -> None:
    one, two = sweep({"a": [1, 2], "b": [3, 4]}), sweep({"b": [3, 4], "a": [1, 2]}, "other.json")
    assert {partition.id for partition in one.partitions} == {partition.id for partition in two.partitions}
    assert [partition.id for partition in one.partitions] != [partition.id for partition in two.partitions]


def test_sets_with_other_names_are_told(sweep) -> None:
    plan = sweep([{"a": 1, "b": 2}, {"a": 1}, {"b": 1}])
    assert [finding.code for finding in plan.findings] == ["partition.uneven-sets"]
    assert "set 2 has no 'b', which other sets have (and 1 more like it)" in plan.findings[0].message


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        pytest.param("g.json", '{"a": [1, 2', "is not JSON", id="json"),
        pytest.param("g.json", '{"a": 1, "a": 2}', "'a' is there twice", id="a name twice"),
        pytest.param("g.toml", "a = [1,\nb = 2", "is not TOML", id="toml"),
        pytest.param("g.yaml", "a: [1, 2\nb: 3", "is not YAML", id="yaml"),
        pytest.param("g.yaml", "a: !!python/object/apply:os.system [ls]", "is not YAML", id="yaml code"),
        pytest.param("g.yaml", "a: !!set {1, 2}", "a is a set", id="a set"),
        pytest.param("g.yaml", "a: {1: x}", "has the key 1", id="a key that is not text"),
        pytest.param("g.json", "3", "must hold a table of names or a list of tables, not int", id="a number"),
        pytest.param("g.json", '[{"a": 1}, 2]', "item 2 of g.json must be a table", id="a number in a list"),
        pytest.param("g.json", '{"learning rate": [1]}', "is not a name that", id="a name with a space"),
        pytest.param("g.json", '{"a": [], "b": [1]}', "a is an empty list", id="an empty list"),
        pytest.param("g.csv", "", "is empty", id="an empty csv"),
        pytest.param("g.csv", "a,a\n1,2\n", "column 'a' is there twice", id="a column twice"),
        pytest.param("g.csv", "a,b\n1\n", "has 1 cells where the header has 2", id="a short row"),
        pytest.param("g.txt", "a", "must be .json, .toml, .yaml, .yml or .csv", id="another suffix"),
        pytest.param("g.json", json.dumps({letter: list(range(100)) for letter in "abcdefg"}),
                     "there would be 100,000,000,000,000 partitions", id="too many"),
    ],
)  # fmt: skip
def test_refusals(sweep, name, text, told) -> None:
    with pytest.raises(PlanError) as caught:
        sweep(text, name)
    assert told in str(caught.value)
    assert all(finding.path == name or finding.key == "input" for finding in caught.value.findings)


def test_places_in_files_are_told(sweep) -> None:
    with pytest.raises(PlanError) as caught:
        sweep("a = 1\nb = = 2\n", "g.toml")
    assert (caught.value.findings[0].line, caught.value.findings[0].column) == (2, 5)


@pytest.mark.parametrize(("name", "text"), [("g.json", "[]"), ("g.csv", "a,b\n")])
def test_no_sets_at_all(sweep, name, text) -> None:
    plan = sweep(text, name)
    assert plan.partition_count == 0
    assert [finding.code for finding in plan.findings] == ["plan.no-input"]


def test_a_missing_file_has_near_misses(plan_of, tmp_path) -> None:
    (tmp_path / "grid.toml").write_text(TOML)
    plan = plan_of(tmp_path, split="parameter-sweep", partition_strategy="parameter-items", input="grid.tml")
    assert plan.findings[0].hint == "did you mean 'grid.toml'?"


def test_yaml_without_its_library(sweep, monkeypatch) -> None:
    import sys

    from jupyter_agilab.errors import MissingDependencyError

    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingDependencyError, match="needs PyYAML"):
        sweep("a: 1\n", "g.yaml")


def test_a_million_sets_cost_nothing_until_they_are_looked_at(sweep) -> None:
    grid = {"a": list(range(100)), "b": list(range(100)), "c": list(range(100)), "d": 1}
    tracemalloc.start()
    try:
        plan = sweep(grid)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # 16 bytes for each would be more
    assert peak < 16_000_000
    assert plan.partition_count == 1_000_000
    last = plan.partitions[-1]
    assert (last.index, dict(last.parameters)) == (999_999, {"a": 99, "b": 99, "c": 99, "d": 1})
    window = plan.partitions[123_456:123_459]
    assert [(p.parameters["a"], p.parameters["b"], p.parameters["c"]) for p in window] == [
        (12, 34, c) for c in (56, 57, 58)
    ]
    assert plan.loads == (1_000_000.0,)


def test_any_strategy_becomes_parameter_items(plan_of, tmp_path) -> None:
    (tmp_path / "g.toml").write_text(TOML)
    plan = plan_of(tmp_path, split="parameter-sweep", partition_strategy="file-chunks", input="g.toml")
    assert plan.partition_count == 12
    assert [finding.code for finding in plan.findings] == ["plan.strategy"]


def test_dates_are_shown_as_their_file_has_them() -> None:
    """They once were shown as Python's ``datetime.date(2024, 1, 1)``."""
    values = {
        "day": datetime.date(2024, 1, 1),
        "at": datetime.datetime(2024, 1, 1, 10, tzinfo=datetime.UTC),
        "name": "x",
        "layers": [1],
    }
    partition = Partition(0, "i", "parameters", "", 0, 0, 0, "", values, 1.0, "f")
    assert partition.describe() == "day=2024-01-01, at=2024-01-01T10:00:00+00:00, name='x', layers=[1]"


@given(st.lists(st.tuples(st.sampled_from([0, 1, 1.0, True, "1", "true", None, math.nan]) | st.integers())))
def test_equal_values_of_an_axis_are_told_apart_by_their_text(values) -> None:
    texts = [canonical(value) for value in values]
    assert axis_of(("x",), values).repeats == tuple(
        texts[:place].count(text) for place, text in enumerate(texts)
    )
