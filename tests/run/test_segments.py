"""Segments: finished when, and only when, a good index is there."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.partition.types import Partition
from jupyter_agilab.reduce.types import Encoded
from jupyter_agilab.run.collected import CollectedResults
from jupyter_agilab.run.segments import SegmentWriter, Used, adopt_segment, read_index, read_indexes


def partition(index: int) -> Partition:
    return Partition(index, f"{index:016x}", "parameters", "", 0, 0, 0, "", {"i": index}, 1.0, f"f{index}")


def write(folder: Path, contents: dict[int, bytes], task: int = 1) -> Path:
    writer = SegmentWriter(folder, task)
    for index, data in contents.items():
        writer.add(partition(index), f"key-{index}", Encoded(data, data.count(b"\n"), "jsonl"), Used(0.5))
    return writer.finish()


def read_all(results: CollectedResults) -> bytes:
    joined = b""
    for result in results:
        with result.path.open("rb") as file:
            file.seek(result.offset)
            joined += file.read(result.length)
    return joined


def test_a_written_segment_reads_back(tmp_path):
    index = read_index(write(tmp_path, {3: b"three\n", 4: b"", 5: b"five\nmore\n"}))
    assert index is not None
    assert index.indexes == [3, 4, 5]
    assert index.keys == ["key-3", "key-4", "key-5"]
    assert [(r.offset, r.length, r.records) for r in index.results()] == [(0, 6, 1), (6, 0, 0), (6, 10, 2)]
    assert index.data_is_whole()


def test_nothing_counts_before_finish(tmp_path):
    writer = SegmentWriter(tmp_path, 1)
    writer.add(partition(0), "k", Encoded(b"x\n", 1, "jsonl"), Used(0.0))
    assert list(read_indexes(tmp_path)) == []
    writer.discard()
    assert os.listdir(tmp_path) == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_any_flipped_bit_or_cut_is_noticed(tmp_path_factory, place, bit, cut):
    folder = tmp_path_factory.mktemp("segment")
    path = write(folder, {0: b'{"a":1}\n', 1: b'{"a":2}\n'})
    data = folder / read_index(path).data.name
    for victim in (path, data):
        original = victim.read_bytes()
        at = int(place * len(original))
        damaged = (
            original[:at] if cut else original[:at] + bytes([original[at] ^ (1 << bit)]) + original[at + 1 :]
        )
        victim.write_bytes(damaged)
        index = read_index(path)
        assert index is None or not index.data_is_whole()
        victim.write_bytes(original)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\n\n", b"[]\n[]\n", b"\xff\xfe\n\n", b'{"schema":"x"}\n{}\n']
)
def test_foreign_index_files_are_passed_over(tmp_path, content):
    (tmp_path / "000001-abc.index.json").write_bytes(content)
    assert list(read_indexes(tmp_path)) == []


def test_results_come_in_partition_order_whatever_the_segments(tmp_path):
    write(tmp_path, {4: b"4\n", 1: b"1\n"}, task=1)
    write(tmp_path, {0: b"0\n", 3: b"3\n"}, task=2)
    write(tmp_path, {2: b"2\n"}, task=3)
    results = CollectedResults(read_indexes(tmp_path), 6)
    assert read_all(results) == b"0\n1\n2\n3\n4\n"
    assert len(results) == 5
    assert results.missing() == [5]


def test_a_partition_done_twice_counts_once(tmp_path):
    write(tmp_path, {0: b"0\n", 1: b"1\n"}, task=1)
    write(tmp_path, {1: b"1\n", 2: b"2\n"}, task=2)
    results = CollectedResults(read_indexes(tmp_path), 3)
    assert read_all(results) == b"0\n1\n2\n"


@pytest.mark.parametrize("places", [[0, 1, 2], [0], [2], [0, 2]])
def test_adopting_takes_exactly_the_wanted_results(tmp_path, places):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    contents = {0: b"zero\n", 1: b"one\n", 2: b"two\n"}
    index = read_index(write(old, contents))
    adopted = adopt_segment(index, new, places, [10 + place for place in places])
    assert adopted is not None
    assert adopted.data_is_whole()
    assert adopted.indexes == [10 + place for place in places]
    assert adopted.keys == [f"key-{place}" for place in places]
    assert adopted.data.read_bytes() == b"".join(contents[place] for place in places)


def test_damaged_data_is_not_adopted(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    index = read_index(write(old, {0: b"zero\n"}))
    index.data.write_bytes(b"zerO\n")
    assert adopt_segment(index, new, [0], [0]) is None
    assert os.listdir(new) == []
