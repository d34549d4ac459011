from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition import read

TABLE = {"split": "data-partitions", "partition_strategy": "row-chunks", "input": "*.parquet"}


@pytest.fixture
def write(tmp_path):
    def write(rows: int, group: int, name: str = "t.parquet"):
        table = pa.table({"n": list(range(rows)), "text": [f"row {number}" for number in range(rows)]})
        pq.write_table(table, tmp_path / name, row_group_size=group)
        return tmp_path

    return write


def joined(plan, folder):
    return [
        n
        for partition in plan.partitions
        for n in read.arrow_table(partition, folder).column("n").to_pylist()
    ]


@pytest.mark.parametrize("group", [1000, 100, 333, 7])
@pytest.mark.parametrize("count", [1, 4, 7, 5000])
def test_row_ranges_are_equal_and_complete(write, plan_of, group, count) -> None:
    folder = write(1000, group)
    plan = plan_of(folder, **TABLE, target_partitions=count)
    assert plan.partition_count == min(count, 1000)
    if count <= 7:
        assert joined(plan, folder) == list(range(1000))
    if count == 4:
        assert [(p.kind, p.start, p.stop) for p in plan.partitions] == [
            ("rows", start, start + 250) for start in range(0, 1000, 250)
        ]


def test_rows_per_partition(write, plan_of) -> None:
    folder = write(1000, 300)
    plan = plan_of(folder, **TABLE, partition=PartitionTable(rows=400))
    assert [(p.start, p.stop) for p in plan.partitions] == [(0, 400), (400, 800), (800, 1000)]
    assert plan.rule == "1 file: cut every 400 rows."
    assert plan.planned_partitions == 3


def test_cuts_go_to_near_edges_of_large_row_groups(write, plan_of) -> None:
    folder = write(400_000, 90_000)
    plan = plan_of(folder, **{**TABLE, "partition_strategy": "file-chunks"}, target_partitions=4)
    assert [p.stop for p in plan.partitions] == [90_000, 180_000, 300_000, 400_000]
    assert sum(p.weight for p in plan.partitions) == pytest.approx((folder / "t.parquet").stat().st_size)
    exact = plan_of(folder, **TABLE, target_partitions=4)
    assert [p.stop for p in exact.partitions] == [100_000, 200_000, 300_000, 400_000]


def test_files_share_partitions_by_rows(write, plan_of) -> None:
    write(900, 100, "a.parquet")
    folder = write(100, 100, "b.parquet")
    plan = plan_of(folder, **TABLE, target_partitions=10)
    assert [p.source for p in plan.partitions] == ["a.parquet"] * 9 + ["b.parquet"]


def test_an_empty_table_is_one_partition(write, plan_of) -> None:
    folder = write(0, 10)
    plan = plan_of(folder, **TABLE, target_partitions=10)
    assert plan.partition_count == 1
    assert "plan.empty-file" in [finding.code for finding in plan.findings]
    assert read.arrow_table(plan.partitions[0], folder).schema.names == ["n", "text"]


def test_what_is_not_parquet_is_told(plan_of, tmp_path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"no parquet at all, but long enough to look")
    with pytest.raises(PlanError, match=r"the input t\.parquet cannot be read"):
        plan_of(tmp_path, **TABLE, target_partitions=4)
