"""Contracts and plans compared in words."""

from __future__ import annotations

import json

import pytest

from jupyter_agilab.contract.model import ExecutionTable, PartitionTable, SharedItem
from jupyter_agilab.planning.compared import contract_changes, plan_changes
from jupyter_agilab.planning.make import make_plan


def test_the_sentence_of_a_reviewer(contract) -> None:
    before = contract(workers=8)
    now = contract(
        workers=32, split="data-partitions", partition=PartitionTable(by="groups", columns=("carrier",))
    )
    assert contract_changes(before, now) == [
        "split changed from files to data-partitions by groups of carrier",
        "workers 8 to 32",
    ]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({}, {}, []),
        ({"backend": "pool"}, {"backend": "dask"}, ["backend pool to dask"]),
        ({"parameters": {"a": 1, "b": 2}}, {"parameters": {"a": 1.0, "c": 3}},
         ["parameter a 1 to 1.0", "parameter b is gone, it was 2", "parameter c is new: 3"]),
        ({}, {"execution": ExecutionTable(memory="2 GB", retries=2)},
         ["execution.retries 0 to 2", "execution.memory set to 2 GB"]),
        ({"partition": PartitionTable(rows=5)}, {}, ["partition.rows no longer set, it was 5"]),
        ({}, {"shared": {"x": SharedItem(path="x.npy", format="npy", digest="1")}}, ["shared data x is new"]),
        ({}, {"notes": "new"}, ["the notes changed"]),
        ({"input": "a" * 80}, {"input": "b"}, [f"input {'a' * 59}… to b"]),
    ],
)  # fmt: skip
def test_contracts(contract, before, now, told) -> None:
    assert contract_changes(contract(**before), contract(**now)) == told


def test_plans(contract, tmp_path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.bin").write_text("123")
    stage = contract(input="*.bin", workers=4, partition_strategy="one-file-per-partition")
    before = make_plan(stage, tmp_path, cores=4)
    assert plan_changes(before, make_plan(stage, tmp_path, cores=4)) == []
    (tmp_path / "a.bin").unlink()
    (tmp_path / "b.bin").write_text("12345")
    for name in "defg":
        (tmp_path / f"{name}.bin").write_text("1")
    assert plan_changes(before, make_plan(stage, tmp_path, cores=4)) == [
        "6 partitions instead of 3",
        "4 useful workers instead of 3",
        "6 input files instead of 3",
        "d.bin, e.bin, f.bin and 1 more are new",
        "a.bin is gone",
        "the input b.bin changed",
    ]


def test_files_cut_in_another_way(contract, files) -> None:
    folder = files(2)
    stages = [contract(target_partitions=target, workers=2) for target in (4, 12)]
    changes = plan_changes(*(make_plan(stage, folder, cores=2) for stage in stages))
    assert changes == ["12 partitions instead of 4", "f000.csv, f001.csv are cut in another way"]


def test_sweeps(contract, tmp_path) -> None:
    stage = contract(split="parameter-sweep", input="g.json", partition_strategy="parameter-items", workers=2)
    plans = []
    for values in ([1, 2], [1, 3]):
        (tmp_path / "g.json").write_text(json.dumps({"i": values}))
        plans.append(make_plan(stage, tmp_path))
    assert plan_changes(*plans) == ["i=3 is new", "i=2 is gone"]
