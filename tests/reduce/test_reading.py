"""Artifacts read back in small bites."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import OutputError
from jupyter_agilab.reduce.collect_json import CollectJson
from jupyter_agilab.reduce.concat_csv import ConcatCsv
from jupyter_agilab.reduce.concat_jsonl import ConcatJsonl
from jupyter_agilab.reduce.concat_parquet import ConcatParquet
from jupyter_agilab.reduce.reading import records, sample, schema, to_pandas
from jupyter_agilab.reduce.types import Reducer

VALUES = [
    {"n": 1, "x": 0.5, "text": 'a "q"\n'},
    {"n": 2, "x": 1.5, "text": "b,c"},
    {"n": 3, "x": None, "text": ""},
]
REDUCERS = {".json": CollectJson(), ".jsonl": ConcatJsonl(), ".csv": ConcatCsv(), ".parquet": ConcatParquet()}


@pytest.fixture
def artifact(tmp_path: Path, reduce: Callable[..., bytes]) -> Callable[..., Path]:
    """Give ``artifact(suffix, values)``: the path of what the reducer with that suffix makes of them."""

    def artifact(suffix: str, values: Any = VALUES) -> Path:
        reducer: Reducer = REDUCERS[suffix]
        path = tmp_path / f"made{suffix}"
        path.write_bytes(reduce(reducer, values))
        return path

    return artifact


@pytest.mark.parametrize("suffix", REDUCERS)
def test_records_come_back(suffix: str, artifact: Callable[..., Path]) -> None:
    path = artifact(suffix)
    expected: list[Any] = VALUES
    if suffix == ".csv":
        expected = [{key: "" if v is None else str(v) for key, v in row.items()} for row in VALUES]
    assert list(records(path)) == list(records(str(path))) == expected
    assert sample(path, 2) == expected[:2]
    assert sample(path, 0) == []
    assert sample(path) == expected


@pytest.mark.parametrize("suffix", REDUCERS)
def test_no_records(suffix: str, artifact: Callable[..., Path]) -> None:
    path = artifact(suffix, [])
    assert sample(path) == []
    assert schema(path) == []
    pytest.importorskip("pandas")
    assert len(to_pandas(path)) == 0


def test_schemas(artifact: Callable[..., Path]) -> None:
    guessed = [("n", "int"), ("x", "float or null"), ("text", "str")]
    assert schema(artifact(".json")) == guessed
    assert schema(artifact(".jsonl")) == guessed
    assert schema(artifact(".csv")) == [("n", "int"), ("x", "float or null"), ("text", "str or null")]
    assert schema(artifact(".parquet")) == [("n", "int64"), ("x", "double"), ("text", "string")]
    assert schema(artifact(".jsonl", [1, 2.5, None])) == [("value", "float")]
    assert schema(artifact(".jsonl", [{"a": [1]}, {"a": {}, "b": True}])) == [
        ("a", "dict or list"),
        ("b", "bool"),
    ]
    assert schema(artifact(".csv", [{"a": True, "b": 1, "c": "x"}, {"a": None, "b": 0.5, "c": 1}])) == [
        ("a", "bool or null"),
        ("b", "float"),
        ("c", "str"),
    ]


@pytest.mark.parametrize("suffix", REDUCERS)
def test_pandas(suffix: str, artifact: Callable[..., Path]) -> None:
    pandas = pytest.importorskip("pandas")
    frame = to_pandas(artifact(suffix))
    assert list(frame.columns) == ["n", "x", "text"]
    assert frame["n"].tolist() == [1, 2, 3]
    assert frame["x"].tolist()[:2] == [0.5, 1.5]
    assert math.isnan(frame["x"][2])
    assert frame["text"][:2].tolist() == ['a "q"\n', "b,c"]
    assert isinstance(frame, pandas.DataFrame)


def test_pandas_of_values_and_of_lists(artifact: Callable[..., Path]) -> None:
    pytest.importorskip("pandas")
    assert to_pandas(artifact(".json", [1, 2])).to_dict("list") == {"value": [1, 2]}
    assert to_pandas(artifact(".json", [[{"a": 1}], [], [{"a": 2}]])).to_dict("list") == {"a": [1, 2]}


@pytest.mark.parametrize("suffix", REDUCERS)
def test_what_is_too_large_is_not_loaded(suffix: str, artifact: Callable[..., Path]) -> None:
    pytest.importorskip("pandas")
    path = artifact(suffix)
    with pytest.raises(OutputError) as caught:
        to_pandas(path, max_bytes=10)
    assert "more than the 10 bytes that are loaded unasked" in caught.value.message
    assert "max_bytes=None" in caught.value.hint
    assert len(to_pandas(path, max_bytes=None)) == 3


def test_parquet_counts_what_it_unpacks(artifact: Callable[..., Path]) -> None:
    pytest.importorskip("pandas")
    path = artifact(".parquet", [[{"a": at} for at in range(100_000)]])
    size = path.stat().st_size
    assert size < 700_000
    with pytest.raises(OutputError, match="more than the 716,800 bytes"):
        to_pandas(path, max_bytes=700 * 1024)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.sampled_from([None, 0, 2]), st.sampled_from(["", "\n"]))
def test_json_of_others_is_read_as_well(
    tmp_path_factory: Any, value: Any, indent: int | None, end: str
) -> None:
    path = tmp_path_factory.mktemp("json") / "other.json"
    path.write_text(json.dumps(value, indent=indent) + end, "utf-8")
    assert list(records(path)) == (value if isinstance(value, list) else [value])


def test_json_that_starts_like_ours(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('[\n1,\n2,\n{\n"a": 3},\n4\n]\n')
    assert list(records(path)) == [1, 2, {"a": 3}, 4]
    path.write_text("[\n1,\n2\n]")
    assert list(records(path)) == [1, 2]


def test_a_json_list_is_streamed(artifact: Callable[..., Path]) -> None:
    path = artifact(".json", ["x" * 1000] * 5000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in records(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 5000
    assert peak < path.stat().st_size / 10


def test_long_csv_fields_and_other_text(artifact: Callable[..., Path], tmp_path: Path) -> None:
    assert sample(artifact(".csv", [{"a": "x" * 200_000}])) == [{"a": "x" * 200_000}]
    report = tmp_path / "report.md"
    report.write_text("# Title\n\ntext")
    assert sample(report) == ["# Title", "", "text"]


BROKEN = {
    "made.json": (b"[\n1,\n", "is not valid json"),
    "made.jsonl": (b'{"a": 1}\n{"a"\n', "is not valid jsonl"),
    "made.parquet": (b"no parquet", "is not valid parquet"),
    "made.csv": (b"a\n\xff\n", "is not valid csv"),
    "made.png": (b"\x89PNG\xff", "is not valid png"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_artifacts(name: str, tmp_path: Path) -> None:
    data, told = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(OutputError, match=told):
        list(records(tmp_path / name))


@pytest.mark.parametrize("look", [sample, schema, to_pandas, lambda path: list(records(path))])
@pytest.mark.parametrize("suffix", [*REDUCERS, ".txt"])
def test_no_artifact(look: Callable[..., Any], suffix: str, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    with pytest.raises(OutputError, match="there is no artifact"):
        look(tmp_path / f"missing{suffix}")
