"""The cuts of JSON arrays against Python's json module."""

from __future__ import annotations

import json
import tempfile
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition import read
from jupyter_agilab.partition.array_records import ArrayRecords
from jupyter_agilab.partition.source import ByteFile

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.lists(
    st.sampled_from(['"', "\\", '\\"', "{", "}", "[", "]", ",", ":", "a", "ÄÖ", "\n", "\u2028", "\\\\"]),
    max_size=6,
).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, values, max_size=3)


@st.composite
def written(draw: st.DrawFn, items) -> bytes:
    """An array with white space wherever JSON allows it."""
    white = st.sampled_from(["", "", " ", "\n", "\r\n\t"])
    indent = draw(st.sampled_from([None, None, 1]))
    parts = [
        draw(white) + json.dumps(item, indent=indent, ensure_ascii=draw(st.booleans())) + draw(white)
        for item in draw(items)
    ]
    inside = ",".join(parts) or draw(white)
    bom = b"\xef\xbb\xbf" if draw(st.booleans()) else b""
    return bom + f"{draw(white)}[{inside}]{draw(white)}".encode()


def parts_of(data: bytes, plan_of, name="a.json", **keys):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        plan = plan_of(Path(folder), input=name, **keys)
        opened = []
        for partition in plan.partitions:
            with read.open_bytes(partition, folder) as stream:
                opened.append(stream.read())
        return plan, opened, [list(read.iter_rows(partition, folder)) for partition in plan.partitions]


@many
@given(
    data=written(st.lists(objects, max_size=20)),
    count=st.integers(1, 30),
    strategy=st.sampled_from(["file-chunks", "row-chunks"]),
    sizes=st.sampled_from([(8192, 1 << 16), (1, 1), (2, 5), (7, 64)]),
)
@example(data=b'[{"a":"\\\\"},{"b":"\\\\\\""},{"c":"]"}]', count=3, strategy="row-chunks", sizes=(1, 1))
@example(data=b"[]", count=3, strategy="row-chunks", sizes=(1, 1))
def test_objects_joined_are_the_array(plan_of, small_windows, data, count, strategy, sizes) -> None:
    small_windows(*sizes)
    plan, opened, rows = parts_of(data, plan_of, target_partitions=count, partition_strategy=strategy)
    whole = json.loads(data.decode("utf-8-sig"))
    assert [item for part in opened for item in json.loads(part.decode("utf-8-sig"))] == whole
    assert [row for part in rows for row in part] == whole
    assert plan.partition_count <= max(1, min(count, len(whole)))
    if strategy == "row-chunks":
        assert plan.partition_count == max(1, min(count, len(whole)))
    if plan.partition_count > 1:
        assert all(rows)


@many
@given(
    data=written(st.lists(values, max_size=20)),
    count=st.integers(1, 30),
    sizes=st.sampled_from([(8192, 1 << 16), (1, 1), (3, 8)]),
)
def test_arrays_of_anything_are_cut_as_exactly(plan_of, small_windows, data, count, sizes) -> None:
    small_windows(*sizes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.json").write_bytes(data)
        plan = plan_of(folder, input="a.json", target_partitions=count)
        joined = []
        for partition in plan.partitions:
            with read.temporary_file(partition, folder) as path:
                joined += json.loads(path.read_text("utf-8-sig"))
        assert joined == json.loads(data.decode("utf-8-sig"))


class Held(ByteFile):
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self.source, self.size, self._data = "held", len(data), data

    def read(self, start: int, stop: int) -> bytes:
        return self._data[start:stop]


def borders(text: str) -> list[int]:
    """Where elements end, sign by sign."""
    found, depth, inside, escaped = [], 0, False, False
    for place, sign in enumerate(text):
        was_escaped, escaped = escaped, sign == "\\" and not escaped
        if sign == '"':
            inside = inside != (not was_escaped)
        elif inside:
            continue
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
            if not depth:
                break
        elif sign == "," and depth == 1:
            found.append(place + 1)
    return found


def test_every_short_text(small_windows) -> None:
    records = ArrayRecords()
    small_windows(2, 3)
    for length in range(6):
        for signs in product('"\\,[}', repeat=length):
            text = "[" + "".join(signs)
            file = Held(text.encode())
            ends = [int(end) for array in records.ends(file, 1) for end in array]
            assert [end for end in ends if end < len(text)] == [
                end for end in borders(text) if end < len(text)
            ], repr(text)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'[{"a": 1}, {"a": 2}', "is not followed by a comma|is not followed by the end"),
        (b'[{"a": 1} {"a": 2}]', "is not followed by a comma"),
        (b'[{"a": 1}, ]', "element 2 of .* is not JSON"),
        (b'[{"a": 1}], 3', "is not followed by the end of the array and of the file"),
        (b'[{"a": 1}, 7]', "element 2 of .* is a JSON int, not an object"),
        (b'[{"a": }]', "element 1 of .* is not JSON"),
        (b"nothing", "element 1 of .* is not JSON"),
    ],
)
def test_what_is_no_array_of_objects_is_told(plan_of, tmp_path, data, told) -> None:
    (tmp_path / "a.json").write_bytes(data)
    plan = plan_of(tmp_path, input="a.json", target_partitions=1)
    with pytest.raises(AgilabError, match=told):
        list(read.iter_rows(plan.partitions[0], tmp_path))


@pytest.mark.parametrize("count", [2, 3, 9])
def test_damage_is_told_by_some_partition(plan_of, tmp_path, count) -> None:
    items = [json.dumps({"n": number, "text": "x" * number}) for number in range(20)]
    inside = ",".join(items)
    for damaged in (f"[{inside}", f"[{inside},", f"[{inside},]", f"[{inside}]]", f"[{' '.join(items)}]"):
        (tmp_path / "a.json").write_text(damaged)
        plan = plan_of(tmp_path, input="a.json", target_partitions=count)
        with pytest.raises(AgilabError):
            [list(read.iter_rows(partition, tmp_path)) for partition in plan.partitions]


def test_one_object_is_one_record(plan_of, tmp_path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"a": [1, 2]}, indent=2))
    plan = plan_of(tmp_path, input="a.json", target_partitions=5)
    assert [finding.code for finding in plan.findings if finding.severity == "warning"] == [
        "partition.unsplittable"
    ]
    assert "it is one JSON object, not an array" in plan.findings[0].message
    assert list(read.iter_rows(plan.partitions[0], tmp_path)) == [{"a": [1, 2]}]


def test_json_lines_in_a_json_file_are_noticed(plan_of, tmp_path) -> None:
    (tmp_path / "a.json").write_text("".join(f'{{"n": {number}}}\n' for number in range(9)))
    plan = plan_of(tmp_path, input="a.json", target_partitions=3)
    assert [partition.format for partition in plan.partitions] == ["jsonl"] * 3
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert rows == [{"n": number} for number in range(9)]
    whole = plan_of(tmp_path, input="a.json", partition_strategy="one-file-per-partition")
    assert list(read.iter_rows(whole.partitions[0], tmp_path)) == rows
