"""What every way of splitting must do, and what each does with sizes."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from jupyter_agilab.contract.model import STRATEGIES, PartitionTable
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.allot import allot
from jupyter_agilab.partition.registry import FITTING, way_for, way_of

WAYS = tuple(map(way_of, STRATEGIES))


@pytest.fixture
def folder(tmp_path):
    for number, rows in enumerate([500, 3, 0, 120]):
        (tmp_path / f"t{number}.csv").write_text("a,b\n" + '1,"x\ny"\n' * rows)
    (tmp_path / "t4.csv").write_text("")
    (tmp_path / "grid.json").write_text(json.dumps({"a": [1, 2, 3], "b": [1, 2]}))
    return tmp_path


def keys_of(way):
    if way.strategy == "parameter-items":
        return {"split": "parameter-sweep", "input": "grid.json", "partition_strategy": way.strategy}
    return {"input": "t*.csv", "partition_strategy": way.strategy, "target_partitions": 20}


def test_every_strategy_has_a_way() -> None:
    assert [way.strategy for way in WAYS] == list(STRATEGIES)
    assert {strategy for strategies in FITTING.values() for strategy in strategies} == set(STRATEGIES)
    assert all(way.meaning for way in WAYS)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.strategy)
class TestEveryWay:
    def test_partitions_are_numbered_and_told_apart(self, folder, plan_of, way) -> None:
        partitions = plan_of(folder, **keys_of(way)).partitions
        listed = list(partitions)
        assert [partition.index for partition in listed] == list(range(len(partitions)))
        assert len({partition.id for partition in listed}) == len(listed)
        assert all(len(partition.id) == 16 and int(partition.id, 16) >= 0 for partition in listed)
        assert all(partition.weight >= 0 and partition.fingerprint for partition in listed)

    def test_an_index_a_slice_and_a_walk_agree(self, folder, plan_of, way) -> None:
        partitions = plan_of(folder, **keys_of(way)).partitions
        listed = list(partitions)
        assert [partitions[place] for place in range(len(partitions))] == listed
        assert partitions[-1] == listed[-1]
        assert list(partitions[1:4]) == listed[1:4]
        assert list(partitions[::-2]) == listed[::-2]
        assert list(partitions[5:2]) == []
        with pytest.raises(IndexError):
            partitions[len(partitions)]

    def test_the_workers_do_not_change_ids(self, folder, plan_of, way) -> None:
        one = plan_of(folder, **keys_of(way), workers=1)
        many = plan_of(folder, **keys_of(way), workers=7)
        assert list(one.partitions) == list(many.partitions)

    def test_no_input_is_left_out(self, folder, plan_of, way) -> None:
        plan = plan_of(folder, **keys_of(way))
        if way.strategy == "parameter-items":
            assert plan.partition_count == 6
            return
        by_source: dict[str, list[tuple[int, int]]] = {}
        for partition in plan.partitions:
            by_source.setdefault(partition.source, []).append((partition.start, partition.stop))
        assert sorted(by_source) == [f"t{number}.csv" for number in range(5)]
        for source, ranges in by_source.items():
            size = (folder / source).stat().st_size
            assert ranges[-1][1] == size
            assert ranges[0][0] == (4 if len(ranges) > 1 else 0)
            assert all(left[1] == right[0] for left, right in pairwise(ranges))
            assert all(start < stop for start, stop in ranges) or size == 0

    def test_a_changed_file_has_other_fingerprints(self, folder, plan_of, way) -> None:
        if way.strategy == "parameter-items":
            # a set of parameters is its own fingerprint
            assert all(one.fingerprint == one.id for one in plan_of(folder, **keys_of(way)).partitions)
            return
        before = {
            partition.id: partition.fingerprint for partition in plan_of(folder, **keys_of(way)).partitions
        }
        with (folder / "t3.csv").open("a") as out:
            out.write("2,3\n")
        after = plan_of(folder, **keys_of(way)).partitions
        changed = [partition for partition in after if partition.source == "t3.csv"]
        assert all(before.get(partition.id) != partition.fingerprint for partition in changed)
        same = [partition for partition in after if partition.source == "t1.csv"]
        assert all(before.get(partition.id) == partition.fingerprint for partition in same)


@pytest.mark.parametrize(
    ("split", "strategy", "rows", "used"),
    [
        ("files", "one-file-per-partition", None, "one-file-per-partition"),
        ("files", "file-chunks", None, "file-chunks"),
        ("files", "row-chunks", None, "row-chunks"),
        ("files", "parameter-items", None, "one-file-per-partition"),
        ("files", "file-chunks", 10, "row-chunks"),
        ("data-partitions", "parameter-items", None, "row-chunks"),
        ("data-partitions", "one-file-per-partition", None, "one-file-per-partition"),
        ("parameter-sweep", "one-file-per-partition", None, "parameter-items"),
        ("parameter-sweep", "file-chunks", 5, "parameter-items"),
    ],
)
def test_a_strategy_that_does_not_fit_is_replaced(contract, split, strategy, rows, used) -> None:
    table = PartitionTable(rows=rows)
    assert way_for(contract(split=split, partition_strategy=strategy, partition=table)).strategy == used


@pytest.mark.parametrize("by", ["groups", "dates", "keys"])
def test_groups_dates_and_keys_need_columns(plan_of, folder, by) -> None:
    with pytest.raises(PlanError, match=f"by = '{by}' looks at columns, and `columns` names none") as caught:
        plan_of(
            folder, split="data-partitions", partition_strategy="row-chunks", partition=PartitionTable(by=by)
        )
    assert [(finding.code, finding.key) for finding in caught.value.findings] == [
        ("partition.columns", "partition.columns")
    ]


def test_columns_need_a_header(plan_of, folder) -> None:
    with pytest.raises(PlanError, match="`columns` names columns"):
        plan_of(folder, partition=PartitionTable(columns=("a",), header=False))


@pytest.mark.parametrize(
    ("sizes", "wanted", "shares"),
    [
        ([100, 1, 1], 16, [14, 1, 1]),
        ([100, 1, 1], 2, [1, 1, 1]),
        ([3, 3, 3], 8, [3, 3, 2]),
        ([0, 0], 5, [1, 1]),
        ([10, 20, 30], 6, [1, 2, 3]),
        ([], 5, []),
    ],
)
def test_large_files_get_more_partitions(sizes, wanted, shares) -> None:
    assert allot(sizes, wanted) == shares


def test_caps_are_kept_and_passed_on() -> None:
    assert allot([100, 100, 10], 20, [3, 100, 1]) == [3, 16, 1]
    assert allot([5, 5], 20, [2, 3]) == [2, 3]


def test_large_files_are_cut_first(plan_of, tmp_path) -> None:
    for name, size in [("big", 1_000_000), ("small1", 10_000), ("small2", 10_000)]:
        (tmp_path / f"{name}.csv").write_text("a,b\n" + "12345,6789\n" * (size // 11))
    plan = plan_of(tmp_path, cores=8, target_partitions=16)
    counts = [
        sum(partition.source == f"{name}.csv" for partition in plan.partitions)
        for name in ("big", "small1", "small2")
    ]
    assert counts == [14, 1, 1]
    assert plan.partition_count == 16


def test_what_one_file_cannot_give_the_others_do(plan_of, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("a\n" + "x" * 100_000 + "\n")
    (tmp_path / "b.csv").write_text("a\n" + "123456789\n" * 10_000)
    (tmp_path / "c.csv.gz").write_bytes(b"\x1f\x8b" + b"x" * 100_000)
    plan = plan_of(tmp_path, input="*.csv*", target_partitions=30)
    counts = {
        name: sum(partition.source == name for partition in plan.partitions)
        for name in ("a.csv", "b.csv", "c.csv.gz")
    }
    assert counts == {"a.csv": 1, "b.csv": 28, "c.csv.gz": 1}
    assert [finding.code for finding in plan.findings if finding.code == "plan.fewer-partitions"] == []


def test_more_partitions_than_records(plan_of, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 10)
    (tmp_path / "b.csv").write_text("a,b\n")
    plan = plan_of(tmp_path, target_partitions=64)
    assert plan.partition_count == 11
    told = next(finding for finding in plan.findings if finding.code == "plan.fewer-partitions")
    assert told.message == "64 partitions were planned, 11 came out: a.csv, b.csv have too few records"


@pytest.mark.parametrize("strategy", ["one-file-per-partition", "file-chunks", "row-chunks"])
def test_empty_files_are_partitions_and_told(plan_of, tmp_path, strategy) -> None:
    (tmp_path / "a.csv").write_text("")
    plan = plan_of(tmp_path, partition_strategy=strategy, target_partitions=4)
    assert [(partition.kind, partition.stop) for partition in plan.partitions] == [("file", 0)]
    assert ("plan.empty-file", "info") in [(finding.code, finding.severity) for finding in plan.findings]


def test_the_artifact_is_never_input(plan_of, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "out.csv").write_text("a\n1\n")
    plan = plan_of(tmp_path, output="out.csv")
    assert [partition.source for partition in plan.partitions] == ["a.csv"]
    assert ("plan.output-is-input", "warning", "out.csv") in [
        (finding.code, finding.severity, finding.path) for finding in plan.findings
    ]
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts/stage.csv").write_text("a\n1\n")
    plan = plan_of(tmp_path, output="stage.toml", reducer="concat-csv", input="artifacts/*.csv")
    assert [finding.code for finding in plan.findings] == ["plan.output-is-input", "plan.no-input"]


def test_an_unreadable_file_is_told(plan_of, tmp_path, monkeypatch) -> None:
    import io

    (tmp_path / "a.csv").write_text("a\n1\n2\n")

    class Refusing(io.FileIO):
        def __init__(self, path, *rest):
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("jupyter_agilab.partition.source.io.FileIO", Refusing)
    with pytest.raises(PlanError, match=r"the input a\.csv cannot be read: Permission denied"):
        plan_of(tmp_path, target_partitions=2)


def test_a_file_that_shrinks_meanwhile_is_told(contract, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("a\n" + "1\n" * 1000)
    survey = way_for(contract()).survey(contract(), tmp_path)
    (tmp_path / "a.csv").write_text("a\n")
    with pytest.raises(PlanError, match="it became shorter while it was read"):
        survey.cut(4)


@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
def test_absurd_targets_are_refused_or_met_at_once(plan_of, tmp_path, strategy) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 1000)
    plan = plan_of(tmp_path, partition_strategy=strategy, target_partitions=9_000_000)
    assert plan.partition_count == 1000
    if strategy == "file-chunks":
        with pytest.raises(PlanError, match="there would be 10,000,001 partitions") as caught:
            plan_of(tmp_path, partition_strategy=strategy, target_partitions=10_000_001)
        assert caught.value.findings[0].key == "target_partitions"
