"""What trials and runs leave for the estimate of plans."""

import json

import pytest

from jupyter_agilab import api
from jupyter_agilab.run.experience import costs_path, read_costs
from jupyter_agilab.run.fixed_cost import cache_path, kept_fixed_cost, measure_fixed_cost


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


SLEEPS = """
    import time
    from pathlib import Path

    def work(path: str) -> int:
        size = len(Path(path).read_bytes())
        time.sleep(size / 1000)
        return size
"""


@pytest.fixture
def sleepy(stage):
    """Ten files; each takes a second for a thousand bytes."""
    (stage.folder / "data").mkdir()
    for number in range(10):
        (stage.folder / f"data/f{number}.csv").write_text("1" * (20 + 20 * number))
    return stage.module(SLEEPS).contract(backend="pool")


def test_without_anything_run_there_is_no_estimate(sleepy) -> None:
    made = api.plan(sleepy.path).estimate
    assert not made.is_known
    assert made.verdict.code == "unknown"


def test_a_trial_of_sizes_is_kept_and_foretells(sleepy) -> None:
    report = api.trial(sleepy.path, sizes=True)
    assert [each.weight for each in report.sizes] == [20, 120, 200]
    assert [each.seconds > each.weight / 1000 for each in report.sizes] == [True] * 3
    made = api.plan(sleepy.path).estimate
    assert made.source == "a trial of 3 partitions"
    assert made.work_s == pytest.approx(1.1, rel=0.3)
    assert made.memory_per_worker_bytes > 1e6
    assert made.result_bytes > 10
    assert kept_fixed_cost("pool-processes") is not None


def test_trials_of_the_same_code_add_up_and_of_other_code_do_not(sleepy) -> None:
    api.trial(sleepy.path, 0)
    api.trial(sleepy.path, 9)
    assert api.plan(sleepy.path).estimate.source == "a trial of 2 partitions"
    sleepy.module(SLEEPS.replace("return size", "return size + 1"))
    assert not api.plan(sleepy.path).estimate.is_known
    api.trial(sleepy.path, 1)
    assert api.plan(sleepy.path).estimate.source == "a trial of 1 partition"


def test_a_trial_that_fails_leaves_nothing(stage) -> None:
    stage.module("def work(i):\n    raise ValueError(i)\n").sweep(5)
    api.trial(stage.path, 1)
    assert not costs_path(stage.folder, "work").exists()


def test_a_run_is_the_better_source(sleepy) -> None:
    api.trial(sleepy.path)
    result = sleepy.run()
    made = api.plan(sleepy.path).estimate
    assert made.source == f"run {result.run_id}"
    assert made.work_s == pytest.approx(1.1, rel=0.3)
    assert made.overhead_s > 0.01
    sleepy.module(SLEEPS.replace("return size", "return size + 1"))
    assert not api.plan(sleepy.path).estimate.is_known


def test_damaged_costs_are_no_costs(sleepy) -> None:
    api.trial(sleepy.path)
    path = costs_path(sleepy.folder, "work")
    for text in ("{", "[]", "{}", json.dumps({"schema": "agilab.costs.v1", "samples": 3})):
        path.write_text(text)
        assert read_costs(sleepy.folder, "work") is None
        assert not api.plan(sleepy.path).estimate.is_known


def test_a_function_that_is_gone_does_not_stop_the_plan(sleepy) -> None:
    api.trial(sleepy.path)
    (sleepy.folder / "stages/work.py").unlink()
    assert api.plan(sleepy.path).partition_count == 10


def test_tiny_partitions_are_tried_as_a_batch(stage) -> None:
    stage.module("def work(i):\n    return i\n").sweep(1000).contract(backend="pool")
    report = api.trial(stage.path, sizes=True)
    assert len(report.sizes) == 3
    assert len(read_costs(stage.folder, "work").samples) >= 200
    made = api.plan(stage.path).estimate
    assert made.verdict.is_worth_it is False


def test_what_a_run_costs_is_measured_once() -> None:
    assert kept_fixed_cost("pool-processes") is None
    fixed = measure_fixed_cost("pool-processes")
    assert fixed is not None
    assert 0.05 < fixed.start_s < 30
    assert 0 < fixed.partition_s < 0.1
    assert fixed.end_s < 4
    assert kept_fixed_cost("pool-processes") == fixed
    cache_path().write_text("{")
    assert kept_fixed_cost("pool-processes") is None
