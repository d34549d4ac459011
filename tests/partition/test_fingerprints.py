"""Fingerprints by content: what is read, how often, and what is noticed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition import content_digests
from jupyter_agilab.partition.content_digests import ContentDigests
from jupyter_agilab.partition.fingerprints import deciding_part, is_unchanged

OLD = (1_600_000_000, 1_600_000_000)
BY_CONTENT = PartitionTable(fingerprint="content")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember digests of files that were written a moment ago too."""
    monkeypatch.setattr(content_digests, "_SETTLED_NS", -(10**12))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the bytes that are digested."""
    found: list[int] = []
    really = hashlib.file_digest

    def counted(file: Any, *args: Any) -> Any:
        found.append(os.fstat(file.fileno()).st_size)
        return really(file, *args)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    return found


def lay(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    os.utime(path, OLD)
    return path


def deciding(plan: Any) -> list[str]:
    return [deciding_part(partition.fingerprint) for partition in plan.partitions]


@pytest.mark.parametrize("strategy", ["one-file-per-partition", "file-chunks", "row-chunks"])
def test_a_touch_changes_nothing_and_a_disguised_change_does(
    tmp_path: Path, plan_of: Any, strategy: str
) -> None:
    keys = {"partition": BY_CONTENT, "partition_strategy": strategy, "target_partitions": 3}
    lay(tmp_path, "a.csv", "x\n" + "1\n" * 30)
    lay(tmp_path, "b.csv", "x\n" + "2\n" * 30)
    before = deciding(plan_of(tmp_path, **keys))
    os.utime(tmp_path / "a.csv")
    assert deciding(plan_of(tmp_path, **keys)) == before
    lay(tmp_path, "a.csv", "x\n" + "7\n" * 30)
    after = deciding(plan_of(tmp_path, **keys))
    sources = [partition.source for partition in plan_of(tmp_path, **keys).partitions]
    for source, old, new in zip(sources, before, after, strict=True):
        assert (old == new) == (source == "b.csv")


def test_a_file_is_read_once_for_all_of_its_pieces_and_plans(
    tmp_path: Path, plan_of: Any, reads: list[int], settled: None
) -> None:
    lay(tmp_path, "a.csv", "x\n" + "1\n" * 1000)
    keys = {"partition": BY_CONTENT, "target_partitions": 10}
    assert len(set(deciding(plan_of(tmp_path, **keys)))) == 10
    deciding(plan_of(tmp_path, **keys))
    assert reads == [2002]
    # another process
    content_digests._of_folder.cache_clear()
    deciding(plan_of(tmp_path, **keys))
    assert reads == [2002]
    os.utime(tmp_path / "a.csv")
    deciding(plan_of(tmp_path, **keys))
    assert reads == [2002, 2002]


def test_by_stat_no_file_is_read(tmp_path: Path, plan_of: Any, reads: list[int]) -> None:
    lay(tmp_path, "a.csv", "x\n1\n")
    plan = plan_of(tmp_path)
    assert [partition.fingerprint for partition in plan.partitions] == deciding(plan)
    assert reads == []
    assert not (tmp_path / ".agilab").exists()


def test_a_worker_reads_a_piece_s_file_only_if_its_stat_is_another_one(
    tmp_path: Path, plan_of: Any, reads: list[int], settled: None
) -> None:
    lay(tmp_path, "a.csv", "x\n" + "1\n" * 50)
    partitions = list(plan_of(tmp_path, partition=BY_CONTENT, target_partitions=3).partitions)
    assert len(partitions) == 3
    reads.clear()
    assert all(is_unchanged(each, tmp_path) for each in partitions)
    assert reads == []
    os.utime(tmp_path / "a.csv")
    assert all(is_unchanged(each, tmp_path) for each in partitions)
    assert reads == [102]
    lay(tmp_path, "a.csv", "x\n" + "3\n" * 50)
    os.utime(tmp_path / "a.csv", (OLD[0], OLD[1] + 1))
    assert not any(is_unchanged(each, tmp_path) for each in partitions)


def test_by_stat_a_touched_file_counts_as_changed(tmp_path: Path, plan_of: Any) -> None:
    lay(tmp_path, "a.csv", "x\n" + "1\n" * 50)
    partitions = list(plan_of(tmp_path, target_partitions=3).partitions)
    assert all(is_unchanged(each, tmp_path) for each in partitions)
    os.utime(tmp_path / "a.csv")
    assert not any(is_unchanged(each, tmp_path) for each in partitions)


def test_digests_are_those_of_the_bytes(tmp_path: Path) -> None:
    path = lay(tmp_path, "a.bin", "x" * 100)
    assert ContentDigests(tmp_path).digest("a.bin") == hashlib.blake2b(b"x" * 100, digest_size=16).hexdigest()
    path.unlink()
    with pytest.raises(OSError, match=r"a\.bin"):
        ContentDigests(tmp_path).digest("a.bin")


def test_what_was_written_a_moment_ago_is_not_remembered(tmp_path: Path, reads: list[int]) -> None:
    """A second change within the clock's tick would have the same times."""
    (tmp_path / "a.csv").write_text("x")
    digests = ContentDigests(tmp_path)
    digests.digest("a.csv")
    digests.digest("a.csv")
    assert reads == [1, 1]


def test_torn_and_foreign_lines_are_passed_over(tmp_path: Path, reads: list[int], settled: None) -> None:
    lay(tmp_path, "a.csv", "x")
    ContentDigests(tmp_path).digest("a.csv")
    remembered = tmp_path / ".agilab/digests.jsonl"
    good = remembered.read_bytes()
    remembered.write_bytes(b'["a.csv",1,2\n{}\n\xff\xfe\n[]\n' + good + good[:-9])
    ContentDigests(tmp_path).digest("a.csv")
    assert reads == [1]
    assert (tmp_path / ".agilab/.gitignore").read_text() == "*\n"


def test_what_is_remembered_stays_small(tmp_path: Path, settled: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(content_digests, "_GARBAGE", 3)
    for number in range(12):
        lay(tmp_path, "a.csv", str(number))
        ContentDigests(tmp_path).digest("a.csv")
    lines = (tmp_path / ".agilab/digests.jsonl").read_text().splitlines()
    assert len(lines) < 8
    assert json.loads(lines[-1])[0] == "a.csv"


def test_where_nothing_can_be_remembered_files_are_read_again(tmp_path: Path, settled: None) -> None:
    lay(tmp_path, "a.csv", "x")
    (tmp_path / ".agilab").write_text("a file where the folder should be")
    assert ContentDigests(tmp_path).digest("a.csv") == ContentDigests(tmp_path).digest("a.csv")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, plan_of: Any) -> None:
    lay(tmp_path, "a.csv", "x\n1\n")
    plan = plan_of(tmp_path, partition=BY_CONTENT, partition_strategy="one-file-per-partition")
    (tmp_path / "a.csv").unlink()
    with pytest.raises(PlanError, match=r"a\.csv cannot be read"):
        list(plan.partitions)
