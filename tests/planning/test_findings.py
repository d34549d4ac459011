"""Each finding of a plan: a case that triggers it, and one like it that does not."""

from __future__ import annotations

import dataclasses
import json

import pytest

from jupyter_agilab.contract.model import ExecutionTable
from jupyter_agilab.planning.cost import Experience, FixedCost, Place, Sample
from jupyter_agilab.planning.cost_remarks import cost_remarks
from jupyter_agilab.planning.distribution import distribution_of, with_distribution
from jupyter_agilab.planning.estimate import estimate
from jupyter_agilab.planning.make import make_plan

FIXED = FixedCost(start_s=0.3, worker_s=0.01, task_s=0.005, partition_s=0.0002, end_s=0.05, measured="a test")


def codes(plan):
    return {finding.code for finding in plan.findings}


def sized(folder, **sizes):
    for name, size in sizes.items():
        (folder / f"{name}.bin").write_bytes(b"\0" * size)
    return folder


def whole(contract, **keys):
    return contract(partition_strategy="one-file-per-partition", **{"input": "*.bin", "workers": 2, **keys})


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({"a": 1000, "b": 300, "c": 300}, True),
        ({"a": 600, "b": 300, "c": 300}, False),
        ({"a": 1000, "b": 300}, False),
    ],
)
def test_skew(contract, tmp_path, sizes, told) -> None:
    plan = make_plan(whole(contract), sized(tmp_path, **sizes))
    assert ("plan.skew" in codes(plan)) == told
    if told:
        (finding,) = [each for each in plan.findings if each.code == "plan.skew"]
        assert "a.bin, 62% of the work" in finding.message


@pytest.mark.parametrize(("sizes", "told"), [((1000, 0, 0), True), ((1000, 1, 0), False)])
def test_all_on_one_worker(contract, tmp_path, sizes, told) -> None:
    plan = make_plan(whole(contract), sized(tmp_path, **dict(zip("abc", sizes, strict=True))))
    assert ("plan.one-worker" in codes(plan)) == told


@pytest.mark.parametrize(
    ("pattern", "output", "told"),
    [
        ("*.bin", "all.bin", True),
        ("**/*.bin", "artifacts/all.bin", True),
        ("*.bin", "artifacts/all.bin", False),
        ("*.bin", "all.json", False),
        ("**/*.bin", ".hidden/all.bin", False),
        ("a.bin", "a.json", False),
    ],
)
def test_an_artifact_that_the_input_would_match(contract, tmp_path, pattern, output, told) -> None:
    sized(tmp_path, a=10, b=10)
    plan = make_plan(whole(contract, input=pattern, output=output), tmp_path)
    assert ("plan.output-matches-input" in codes(plan)) == told


def test_an_artifact_that_is_there_is_told_of_once(contract, tmp_path) -> None:
    sized(tmp_path, a=10, all=10)
    plan = make_plan(whole(contract, output="all.bin"), tmp_path)
    assert "plan.output-is-input" in codes(plan)
    assert "plan.output-matches-input" not in codes(plan)


@pytest.mark.parametrize(("threads", "told"), [(3, True), (2, False)])
def test_more_threads_than_cores(contract, files, threads, told) -> None:
    stage = contract(workers=2, execution=ExecutionTable(threads_per_worker=threads))
    assert ("plan.oversubscribed" in codes(make_plan(stage, files(2), cores=4))) == told


@pytest.mark.parametrize(("workers", "told"), [(8, True), (3, False)])
def test_fewer_useful_workers(contract, files, workers, told) -> None:
    stage = contract(workers=workers, input="*.npz")
    assert ("plan.fewer-workers" in codes(make_plan(stage, files(3, kind="npz")))) == told


@pytest.mark.parametrize(("count", "told"), [(1000, True), (999, False)])
def test_tiny_partitions(contract, tmp_path, count, told) -> None:
    for number in range(count):
        (tmp_path / f"{number}.bin").write_bytes(b"1")
    assert ("plan.tiny-partitions" in codes(make_plan(whole(contract), tmp_path))) == told


@pytest.mark.parametrize(("count", "told"), [(0, True), (1, False)])
def test_empty_files(contract, tmp_path, count, told) -> None:
    plan = make_plan(whole(contract), sized(tmp_path, a=5, b=count))
    assert ("plan.empty-file" in codes(plan)) == told


@pytest.mark.parametrize(("values", "told"), [([1, 1], True), ([1, 2], False)])
def test_equal_sets(contract, tmp_path, values, told) -> None:
    (tmp_path / "grid.json").write_text(json.dumps({"i": values}))
    stage = contract(split="parameter-sweep", input="grid.json", partition_strategy="parameter-items")
    assert ("plan.duplicate-sets" in codes(make_plan(stage, tmp_path))) == told


def test_inputs_that_changed_since_the_plan(contract, tmp_path) -> None:
    sized(tmp_path, a=10, b=10)
    tree = tmp_path / "distribution.json"
    tree.write_text(json.dumps(distribution_of(make_plan(whole(contract), tmp_path))))
    assert "plan.input-changed" not in codes(with_distribution(make_plan(whole(contract), tmp_path), tree))
    sized(tmp_path, b=11)
    assert "plan.input-changed" in codes(with_distribution(make_plan(whole(contract), tmp_path), tree))


def with_cost(plan, samples, place, fixed=FIXED):
    experience = Experience(samples=tuple(samples), source="a trial", fixed=fixed)
    made = estimate(plan.weights(), plan.useful_workers, experience, place)
    return {finding.code: finding for finding in cost_remarks(made, plan, place, experience)}


@pytest.fixture
def plan(contract, tmp_path):
    return make_plan(whole(contract), sized(tmp_path, a=100, b=100, c=100))


@pytest.mark.parametrize(
    ("memory", "place", "told"),
    [
        (950, Place(cores=2, worker_limit_bytes=1000), "each worker may take"),
        (500, Place(cores=2, worker_limit_bytes=1000), ""),
        (500, Place(cores=2, memory_bytes=1000), "2 workers would take"),
        (400, Place(cores=2, memory_bytes=1000), ""),
        (0, Place(cores=2, memory_bytes=1000), ""),
    ],
)
def test_memory(plan, memory, place, told) -> None:
    sample = Sample(weight=100, seconds=1.0, memory_bytes=memory * 1_000_000)
    place = dataclasses.replace(
        place,
        memory_bytes=place.memory_bytes * 1_000_000,
        worker_limit_bytes=place.worker_limit_bytes * 1_000_000,
    )
    found = with_cost(plan, [sample], place)
    assert ("plan.memory" in found) == bool(told)
    if told:
        assert told in found["plan.memory"].message


@pytest.mark.parametrize(("seconds", "told"), [((1.0, 9.0), True), ((4.0, 5.0), False)])
def test_one_partition_that_takes_longer_than_the_others(contract, tmp_path, seconds, told) -> None:
    plan = make_plan(whole(contract), sized(tmp_path, a=100, b=100, c=150))
    samples = [Sample(weight=weight, seconds=each) for weight, each in zip((100, 150), seconds, strict=True)]
    assert ("plan.skew-in-time" in with_cost(plan, samples, Place(cores=2))) == told


@pytest.mark.parametrize(("seconds", "told"), [(0.00001, True), (0.01, False)])
def test_partitions_too_small_to_be_handed_out(contract, tmp_path, seconds, told) -> None:
    (tmp_path / "grid.json").write_text(json.dumps({"i": list(range(200))}))
    stage = contract(split="parameter-sweep", input="grid.json", partition_strategy="parameter-items")
    plan = make_plan(stage, tmp_path)
    assert ("plan.too-small" in with_cost(plan, [Sample(weight=1, seconds=seconds)], Place(cores=2))) == told


def test_without_a_trial_nothing_is_said_of_cost(plan) -> None:
    assert with_cost(plan, [], Place(cores=2)) == {}
