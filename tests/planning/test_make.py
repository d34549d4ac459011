from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from jupyter_agilab.contract.model import ExecutionTable, PartitionTable
from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning.make import make_plan, require_runnable


def codes(plan):
    return [(finding.code, finding.severity) for finding in plan.findings]


def test_no_input_is_an_error_in_the_plan(contract, tmp_path) -> None:
    (tmp_path / "A.CSV").write_text("a\n")
    plan = make_plan(contract(target_partitions=64), tmp_path, cores=8)
    assert (plan.effective_workers, plan.planned_partitions, plan.partition_count, plan.useful_workers) == (
        1,
        1,
        0,
        1,
    )
    assert codes(plan) == [("plan.no-input", "error")]
    finding = plan.findings[0]
    assert finding.message == f"no file matches '*.csv' in {tmp_path.resolve()}"
    assert finding.hint == "upper and lower case differ: A.CSV"
    assert plan.loads == (0.0,)
    with pytest.raises(PlanError, match="stage cannot run as planned"):
        require_runnable(plan)


def test_a_plan_that_can_run_passes(contract, files) -> None:
    require_runnable(make_plan(contract(), files(2), cores=2))


@pytest.mark.parametrize(
    ("count", "kind", "strategy", "target", "rule"),
    [
        (3, "csv", "file-chunks", 64,
         "3 files for 8 workers: large files are cut until there are 64 partitions (the target)."),
        (3, "csv", "file-chunks", 0,
         "3 files for 8 workers: large files are cut until there are 16 partitions (2 per worker)."),
        (20, "csv", "file-chunks", 0, "20 files for 8 workers: each can be one partition."),
        (20, "csv", "one-file-per-partition", 0, "20 files for 8 workers: each is one partition."),
        (3, "npz", "file-chunks", 64,
         "3 files that cannot be cut, for 8 workers: at most 3 can be busy at once."),
        (1, "npz", "one-file-per-partition", 0,
         "1 file for 8 workers, one partition each: at most 1 can be busy at once."),
        (0, "csv", "file-chunks", 0, "There is no input."),
    ],
)  # fmt: skip
def test_the_rule_is_said(contract, files, count, kind, strategy, target, rule) -> None:
    stage = contract(input=f"*.{kind}", partition_strategy=strategy, target_partitions=target)
    assert make_plan(stage, files(count, kind=kind), cores=8).rule == rule


def test_fewer_partitions_and_workers_than_wished_are_told(contract, files) -> None:
    plan = make_plan(contract(target_partitions=64), files(1, rows=5), cores=8)
    assert (plan.effective_workers, plan.planned_partitions, plan.partition_count, plan.useful_workers) == (
        8,
        64,
        5,
        5,
    )
    told = {finding.code: finding.message for finding in plan.findings}
    assert (
        told["plan.fewer-partitions"]
        == "64 partitions were planned, 5 came out: f000.csv has too few records"
    )
    assert told["plan.fewer-workers"] == "of 8 workers only 5 can be busy: there are 5 partitions"
    plan = make_plan(contract(partition_strategy="one-file-per-partition"), files(1), cores=8)
    told = {finding.code: finding for finding in plan.findings}
    assert told["plan.fewer-workers"].message == "of 8 workers only 1 can be busy: there is 1 partition"
    assert "file-chunks" in told["plan.fewer-workers"].hint


@pytest.mark.parametrize(
    ("workers", "cores", "threads", "expected", "is_too_much"),
    [
        ("auto", 8, None, 1, False),
        (2, 8, None, 4, False),
        (3, 8, None, 2, False),
        (16, 8, None, 1, True),
        (4, 8, 2, 2, False),
        (4, 8, 3, 3, True),
    ],
)
def test_threads_fit_the_cores(contract, files, workers, cores, threads, expected, is_too_much) -> None:
    stage = contract(workers=workers, execution=ExecutionTable(threads_per_worker=threads))
    plan = make_plan(stage, files(3), cores=cores)
    assert plan.threads_per_worker == expected
    assert (("plan.oversubscribed", "warning") in codes(plan)) is is_too_much


def test_threads_are_shared_among_useful_workers(contract, files) -> None:
    plan = make_plan(contract(partition_strategy="one-file-per-partition"), files(2), cores=8)
    assert (plan.useful_workers, plan.threads_per_worker) == (2, 4)


@pytest.mark.parametrize(("target", "is_told"), [(16, False), (32, False), (64, True), (8, True)])
def test_two_to_four_per_worker(contract, files, target, is_told) -> None:
    plan = make_plan(contract(target_partitions=target, min_partitions_per_worker=1), files(3), cores=8)
    assert (("plan.partitions-per-worker", "info") in codes(plan)) is is_told


def test_loads_are_the_sums_of_weights(contract, files) -> None:
    plan = make_plan(contract(target_partitions=23), files(5, rows=999), cores=4)
    loads = [0.0] * 4
    for partition, worker in zip(plan.partitions, plan.workers, strict=True):
        loads[worker] += partition.weight
    assert plan.loads == tuple(loads)
    assert sum(loads) == sum(path.stat().st_size - 4 for path in files(0).glob("*.csv"))


def test_rows_of_one_table(contract, files) -> None:
    stage = contract(split="data-partitions", partition_strategy="row-chunks", target_partitions=4)
    plan = make_plan(stage, files(1, rows=1000), cores=2)
    assert [partition.stop - partition.start for partition in plan.partitions] == [1000] * 4
    plan = make_plan(
        contract(
            split="data-partitions", partition_strategy="row-chunks", partition=PartitionTable(rows=300)
        ),
        files(1, rows=1000),
        cores=2,
    )
    assert [partition.stop - partition.start for partition in plan.partitions] == [1200, 1200, 1200, 400]
    assert (plan.planned_partitions, plan.partition_count) == (4, 4)


def test_planning_twice_gives_the_same(contract, files) -> None:
    folder = files(4, rows=500)
    one, two = (make_plan(contract(target_partitions=17), folder, cores=3) for _ in range(2))
    assert list(one.partitions) == list(two.partitions)
    assert list(one.workers) == list(two.workers)
    assert (one.loads, one.findings) == (two.loads, two.findings)


def test_the_folder_may_be_relative(contract, files, monkeypatch) -> None:
    folder = files(2)
    monkeypatch.chdir(folder.parent)
    from pathlib import Path

    assert make_plan(contract(), Path(folder.name), cores=1).partition_count == 2


def test_many_tiny_partitions_are_told_and_quick(contract, tmp_path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(3000):
        (tmp_path / "many" / f"{number}.txt").touch()
        os.truncate(tmp_path / "many" / f"{number}.txt", 10)
    started = time.perf_counter()
    plan = make_plan(
        contract(input="many/*.txt", partition_strategy="one-file-per-partition"), tmp_path, cores=2
    )
    assert time.perf_counter() - started < 2
    assert plan.partition_count == 3000
    assert codes(plan) == [("plan.tiny-partitions", "info")]


def test_planning_a_pattern_needs_no_large_library(files) -> None:
    folder = files(3)
    program = f"""
import sys
from pathlib import Path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.store import read_plan, write_plan
from jupyter_agilab.partition import read, binding
contract = Contract(name="s", function="m:f", split="files", input="*.csv", workers=2,
    partition_strategy="one-file-per-partition", target_partitions=0, min_partitions_per_worker=2,
    reducer="collect-json", backend="local", output="o.json")
plan = make_plan(contract, Path({str(folder)!r}))
write_plan(plan, Path({str(folder)!r}))
assert len(list(read_plan(Path({str(folder)!r})).partitions)) == 3
loaded = {{"numpy", "pandas", "pyarrow", "polars", "yaml", "dask", "libcst", "tomlkit"}} & set(sys.modules)
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_planning_runs_nothing_of_the_users(contract, files) -> None:
    folder = files(2)
    (folder / "stages").mkdir()
    (folder / "stages/stage.py").write_text(
        "from pathlib import Path\nPath('ran').touch()\ndef stage(path): ...\n"
    )
    before = sorted(path.name for path in folder.rglob("*"))
    make_plan(contract(target_partitions=8), folder, cores=2)
    assert sorted(path.name for path in folder.rglob("*")) == before
    assert "stages" not in sys.modules
