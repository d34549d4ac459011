"""What collect-json, concat-jsonl, concat-csv and concat-parquet write, and what they refuse."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce import stored
from jupyter_agilab.reduce.collect_json import CollectJson
from jupyter_agilab.reduce.concat_csv import ConcatCsv
from jupyter_agilab.reduce.concat_jsonl import ConcatJsonl
from jupyter_agilab.reduce.concat_parquet import ConcatParquet

Reduce = Callable[..., bytes]


def test_collect_json_is_one_element_per_line(reduce: Reduce) -> None:
    values = [{"a": [1, 2]}, None, "x\ny", 3, []]
    artifact = reduce(CollectJson(), values)
    assert artifact == b'[\n{"a":[1,2]},\nnull,\n"x\\ny",\n3,\n[]\n]\n'
    assert json.loads(artifact) == values


def test_collect_json_of_one(reduce: Reduce) -> None:
    assert reduce(CollectJson(), [7]) == b"[\n7\n]\n"


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
def test_collect_json_whatever_the_blocks(
    block: int, reduce: Reduce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "BLOCK_BYTES", block)
    values = [1, {"a": "b"}, 22, "", None, 333, "x" * 10]
    for layout in (None, [[0, 2, 4], [6, 5, 3, 1]], [[at] for at in range(7)]):
        assert json.loads(reduce(CollectJson(), values, layout)) == values


def test_concat_jsonl_has_one_newline_per_record(reduce: Reduce) -> None:
    values = [[{"a": 1}, {"a": 2}], None, {"a": "x\n\u2028y"}, [], [3, None]]
    artifact = reduce(ConcatJsonl(), values)
    assert [json.loads(line) for line in artifact.splitlines()] == [
        {"a": 1},
        {"a": 2},
        {"a": "x\n\u2028y"},
        3,
        None,
    ]
    assert artifact.count(b"\n") == 5
    assert b"\n\n" not in artifact


def table(artifact: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(artifact.decode(), newline="")))


def test_concat_csv_has_one_header(reduce: Reduce) -> None:
    artifact = reduce(ConcatCsv(), [[{"a": 1, "b": "x,y"}], {"a": 2, "b": None}, [{"a": 3, "b": 'q"\r\n'}]])
    assert artifact == b'a,b\n1,"x,y"\n2,\n3,"q""\r\n"\n'


def test_concat_csv_puts_columns_into_the_first_ones_order(reduce: Reduce) -> None:
    artifact = reduce(
        ConcatCsv(),
        [
            {"a": 1, "b": "x", "c": 0.1},
            [{"c": math.nan, "a": 2, "b": 'a "q",\r\n\n\r'}, {"c": 1, "a": 3, "b": ""}],
            None,
            {"a": 4, "b": "y", "c": 2},
        ],
    )
    assert table(artifact) == [
        ["a", "b", "c"],
        ["1", "x", "0.1"],
        ["2", 'a "q",\r\n\n\r', ""],
        ["3", "", "1"],
        ["4", "y", "2"],
    ]


def test_concat_csv_reorders_fields_that_the_csv_module_finds_too_long(reduce: Reduce) -> None:
    long = "x" * 200_000
    artifact = reduce(ConcatCsv(), [{"a": 1, "b": "x"}, {"b": long, "a": 2}])
    assert artifact.decode() == f"a,b\n1,x\n2,{long}\n"
    assert csv.field_size_limit() < len(long), "the limit of the csv module is as it was"


def test_concat_csv_quotes_its_header(reduce: Reduce) -> None:
    assert table(reduce(ConcatCsv(), [{'a "q"': 1, "b,\nc": 2}])) == [['a "q"', "b,\nc"], ["1", "2"]]


def test_concat_csv_names_both_partitions_and_the_columns(reduce: Reduce) -> None:
    values = [None, {"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1}, {"a": 1, "b": 2, "z": 3}, {"c": 1, "d": 2}]
    with pytest.raises(ReduceError) as caught:
        reduce(ConcatCsv(), [*values, {"c": 1}, {"c": 1}])
    assert str(caught.value) == (
        "concat-csv needs the same columns everywhere. Compared with partition 1 (id1), "
        "partition 3 (id3) lacks 'b'; partition 4 (id4) has 'z' besides; "
        "partition 5 (id5) lacks 'a', 'b' and has 'c', 'd' besides; and 2 more partitions differ\n"
        "    Return the same columns from every partition (in any order), or use concat-jsonl."
    )


def test_concat_csv_writes_nothing_before_it_has_looked(
    store: Callable[..., Any], run: Callable[..., Any], tmp_path: Any
) -> None:
    with pytest.raises(ReduceError):
        run(ConcatCsv(), store([{"a": 1}] * 1000 + [{"b": 1}], "csv"))
    assert (tmp_path / "artifact").read_bytes() == b""


def test_concat_csv_of_empty_tables_is_a_header(reduce: Reduce) -> None:
    pandas = pytest.importorskip("pandas")
    empty = pandas.DataFrame({"a": [], "b": []})
    assert reduce(ConcatCsv(), [None, empty, empty]) == b"a,b\n"
    assert reduce(ConcatCsv(), [empty, {"x": 1}]) == b"x\n1\n"
    assert reduce(ConcatCsv(), [None, []]) == b""


def parquet(artifact: bytes) -> Any:
    return pytest.importorskip("pyarrow.parquet").read_table(io.BytesIO(artifact))


def test_concat_parquet_joins_every_kind_of_table(reduce: Reduce) -> None:
    pandas, polars, arrow = (pytest.importorskip(name) for name in ("pandas", "polars", "pyarrow"))
    values = [
        pandas.DataFrame({"a": [1], "b": ["x"]}),
        polars.DataFrame({"b": ["y"], "a": [2]}),
        None,
        arrow.table({"a": [3, None], "b": ["z", None]}),
        [{"a": 5, "b": "u"}, {"b": "v", "a": 6}],
        {"a": 7, "b": "w"},
        [],
        arrow.table({"a": arrow.array([], "int64"), "b": arrow.array([], "string")}),
    ]
    found = parquet(reduce(ConcatParquet(), values))
    assert found.to_pydict() == {"a": [1, 2, 3, None, 5, 6, 7], "b": ["x", "y", "z", None, "u", "v", "w"]}
    assert found.schema.metadata is None


def test_concat_parquet_keeps_the_keys_of_a_group(reduce: Reduce) -> None:
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame({"k": [key, key], "n": [1, 2]}).groupby("k").sum() for key in "ab"]
    expected = pandas.concat(frames).reset_index()
    pandas.testing.assert_frame_equal(
        pandas.read_parquet(io.BytesIO(reduce(ConcatParquet(), frames))), expected
    )


def test_concat_parquet_widens_types(reduce: Reduce) -> None:
    arrow = pytest.importorskip("pyarrow")
    values = [
        arrow.table({"n": arrow.array([None, None]), "x": arrow.array([1, 1], "int32")}),
        arrow.table({"n": ["text"], "x": arrow.array([2**40], "int64")}),
        arrow.table({"n": arrow.array(["c"]).dictionary_encode(), "x": [0.5]}),
    ]
    found = parquet(reduce(ConcatParquet(), values))
    assert found.to_pydict() == {"n": [None, None, "text", "c"], "x": [1.0, 1.0, 2.0**40, 0.5]}


def test_concat_parquet_keeps_categories(reduce: Reduce) -> None:
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame({"c": pandas.Categorical(list(text))}) for text in ("ab", "bc", "a")]
    artifact = reduce(ConcatParquet(), frames)
    assert pandas.read_parquet(io.BytesIO(artifact))["c"].tolist() == list("abbca")


def test_concat_parquet_names_both_partitions(reduce: Reduce) -> None:
    arrow = pytest.importorskip("pyarrow")
    first = arrow.table({"a": [1], "b": ["x"]})
    start = "concat-parquet needs the same columns everywhere. Compared with partition 1 (id1), "
    for other, told in (
        (arrow.table({"a": [1]}), "lacks 'b'"),
        (arrow.table({"a": ["x"], "b": ["x"]}), "has 'a' as string, not int64"),
        ([{"a": 1, "c": 2}], "lacks 'b' and has 'c' besides"),
        # a float column that a whole number does not fit into
        ({"a": 0.5, "b": "x"}, None),
    ):
        values = [None, first, other]
        if told is None:
            values[1] = arrow.table({"a": [2**60 + 1], "b": ["x"]})
        with pytest.raises(ReduceError) as caught:
            reduce(ConcatParquet(), values)
        if told is None:
            assert "partition 1 (id1) has a value that does not fit its column" in caught.value.message
        else:
            assert caught.value.message == f"{start}partition 2 (id2) {told}"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (7, "partition 0 (id0): result[0] is of type int"),
        ([{"a": 1}, {"b": 1}], "partition 0 (id0): result[1] lacks 'a' and has 'b' besides"),
        ([{"a": 1}, {"a": "x"}], "partition 0 (id0): result has a column 'a' that is not of one type"),
    ],
)
def test_concat_parquet_needs_tables(value: Any, told: str, reduce: Reduce) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(ReduceError) as caught:
        reduce(ConcatParquet(), [value])
    assert caught.value.message.startswith(f"concat-parquet needs tables: {told}")
    assert caught.value.hint


def test_concat_parquet_joins_small_tables_into_row_groups(
    reduce: Reduce, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata_of = pytest.importorskip("pyarrow.parquet").read_metadata
    rows = [[{"a": at, "text": "x" * 100}] for at in range(1000)]
    assert metadata_of(io.BytesIO(reduce(ConcatParquet(), rows))).num_row_groups == 1
    monkeypatch.setattr("jupyter_agilab.reduce.parquet_join._ROW_GROUP_ROWS", 300)
    artifact = reduce(ConcatParquet(compression="none"), rows)
    metadata = metadata_of(io.BytesIO(artifact))
    assert [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)] == [300, 300, 300, 100]
    assert parquet(artifact)["a"].to_pylist() == list(range(1000))
    assert metadata.row_group(0).column(0).compression == "UNCOMPRESSED"
