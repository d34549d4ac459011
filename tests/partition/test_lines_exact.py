"""The cuts of JSON lines and plain text against reading the whole file."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable

many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
values = st.dictionaries(st.sampled_from(["a", "b", "ü"]), st.integers() | st.text(max_size=8), max_size=3)


def written(values_and_blanks: list[object], line_end: str, final: bool, bom: bool) -> bytes:
    lines = ["" if item is None else json.dumps(item) for item in values_and_blanks]
    text = line_end.join(lines) + (line_end if final else "")
    return (b"\xef\xbb\xbf" if bom else b"") + text.encode()


def parts_of(data: bytes, name: str, plan_of, bytes_of, **keys) -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        plan = plan_of(Path(folder), input=name, **keys)
        return [bytes_of(partition, Path(folder)) for partition in plan.partitions]


def objects(data: bytes) -> list[object]:
    return [json.loads(line) for line in data.decode("utf-8-sig").split("\n") if line.strip()]


@many
@given(
    items=st.lists(values | st.none(), max_size=30),
    line_end=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
    bom=st.booleans(),
    count=st.integers(1, 50),
    strategy=st.sampled_from(["file-chunks", "row-chunks"]),
    sizes=st.sampled_from([(4096, 1 << 20), (1, 1), (3, 7)]),
)
def test_json_lines(
    plan_of, bytes_of, small_windows, items, line_end, final, bom, count, strategy, sizes
) -> None:
    small_windows(*sizes)
    data = written(items, line_end, final, bom)
    parts = parts_of(data, "a.jsonl", plan_of, bytes_of, target_partitions=count, partition_strategy=strategy)
    whole = objects(data)
    assert b"".join(parts) == data
    assert [item for part in parts for item in objects(part)] == whole
    assert len(parts) <= max(1, min(count, len(whole)))
    if strategy == "row-chunks":
        assert len(parts) == max(1, min(count, len(whole)))
    if len(parts) > 1:
        assert all(objects(part) for part in parts)


@many
@given(
    text=st.text(alphabet="ab\n\r \u2028", max_size=80),
    count=st.integers(1, 50),
    strategy=st.sampled_from(["file-chunks", "row-chunks"]),
    sizes=st.sampled_from([(4096, 1 << 20), (1, 1), (3, 7)]),
)
def test_text(plan_of, bytes_of, small_windows, text, count, strategy, sizes) -> None:
    small_windows(*sizes)
    data = text.encode()
    parts = parts_of(data, "a.log", plan_of, bytes_of, target_partitions=count, partition_strategy=strategy)
    assert b"".join(parts) == data
    assert all(part.endswith(b"\n") for part in parts[:-1])
    lines = data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    assert len(parts) <= max(1, min(count, lines))
    if strategy == "row-chunks":
        assert len(parts) == max(1, min(count, lines))
    # also for a program that takes a lone \r for a line end
    assert [line for part in parts for line in part.decode().splitlines()] == data.decode().splitlines()


def test_a_lone_carriage_return_does_not_end_a_json_line(plan_of, bytes_of) -> None:
    data = b'{"a":\r1}\n{"a":\r2}\n{"a":\r3}\n'
    parts = parts_of(data, "a.ndjson", plan_of, bytes_of, target_partitions=9)
    assert [json.loads(part) for part in parts] == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_one_line_is_one_partition(plan_of, bytes_of) -> None:
    assert parts_of(b"x" * 1000, "a.txt", plan_of, bytes_of, target_partitions=20) == [b"x" * 1000]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "no-such-encoding", "cp037"])
def test_encodings_that_cannot_be_cut_by_bytes(plan_of, tmp_path, encoding) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\nb\nc\n")
    table = PartitionTable(encoding=encoding)
    plan = plan_of(tmp_path, input="a.txt", target_partitions=3, partition=table)
    assert plan.partition_count == 1
    assert [finding.code for finding in plan.findings] == ["partition.unsplittable"]
    assert encoding in plan.findings[0].message
