"""Tables that partition functions return: pandas, polars and pyarrow."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from decimal import Decimal
from typing import Any

import pytest

from jupyter_agilab.errors import ResultTypeError
from jupyter_agilab.reduce.arrow_stream import from_stream
from jupyter_agilab.reduce.records import decode, encode
from jupyter_agilab.reduce.tables import table_kind, without_pandas_index

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

COLUMNS = {"n": [1, 2], "x": [0.5, 1.5], "text": ['a "q"', "b\n,c"], "ok": [True, False]}
TABLES = {
    "pandas": pd.DataFrame(COLUMNS),
    "polars": pl.DataFrame(COLUMNS),
    "pyarrow": pa.table(COLUMNS),
    "record batch": pa.RecordBatch.from_pydict(COLUMNS),
}
ROWS = [{"n": 1, "x": 0.5, "text": 'a "q"', "ok": True}, {"n": 2, "x": 1.5, "text": "b\n,c", "ok": False}]


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_is_its_rows(kind: str) -> None:
    table = TABLES[kind]
    assert json.loads(encode(table, "json").data) == ROWS
    lines = encode(table, "jsonl")
    assert [json.loads(line) for line in lines.data.splitlines()] == ROWS
    assert lines.records == 2
    rows = encode(table, "csv")
    assert rows.columns == tuple(COLUMNS)
    assert rows.records == 2
    assert list(csv.reader(io.StringIO(rows.data.decode(), newline=""))) == [
        ["1", "0.5", 'a "q"', "True"],
        ["2", "1.5", "b\n,c", "False"],
    ]


def test_many_rows_are_the_same_lines() -> None:
    rows = [{"n": at, "x": at / 7} for at in range(25_001)]
    assert encode(pd.DataFrame(rows), "jsonl") == encode(rows, "jsonl")
    with pytest.raises(ResultTypeError, match=r'result\[20001\]\["n"\] is of type set'):
        encode(pd.DataFrame({"n": [None] * 20_001 + [{1}]}), "jsonl")


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_a_custom_reducer_gets_the_same_kind_of_table_back(kind: str) -> None:
    table = TABLES[kind]
    encoded = encode(table, "value")
    assert encoded.encoding == f"arrow:{kind}"
    assert encoded.records == 2
    back = decode(encoded.data, encoded.encoding)
    assert type(back) is type(table)
    assert back.equals(table)


def test_a_record_batch_comes_back_as_a_table() -> None:
    encoded = encode(TABLES["record batch"], "value")
    assert decode(encoded.data, encoded.encoding).equals(TABLES["pyarrow"])


def indexed(frame: Any) -> dict[str, Any]:
    by_text = frame.groupby("text")[["n"]].sum()
    return {
        "default": frame,
        "filtered": frame[frame.n > 1],
        "sorted": frame.sort_values("n", ascending=False),
        "named": by_text,
        "named range": frame.rename_axis("row"),
        "unnamed text": frame.set_index(pd.Index(["r1", "r2"])),
        "dates": frame.set_index(pd.DatetimeIndex(["2013-01-01", "2013-01-02"])),
        "two levels": frame.set_index(["text", "ok"]),
        "two levels without names": frame.set_index(pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
        "categories": frame.assign(text=frame.text.astype("category")),
        "empty": frame[frame.n > 5],
        "dates and missing": pd.DataFrame(
            {"d": pd.to_datetime(["2013-01-01", None]), "i": pd.array([1, None], "Int64"), "s": ["x", None]}
        ),
        "zone": pd.DataFrame({"d": pd.to_datetime(["2013-01-01"]).tz_localize("Europe/Berlin")}),
        "whole number names": pd.DataFrame([[1, 2]], columns=[0, 1]),
    }


CASES = indexed(TABLES["pandas"])


@pytest.mark.parametrize("case", CASES)
def test_pandas_tables_come_back_with_their_index(case: str) -> None:
    frame = CASES[case]
    back = decode(encode(frame, "value").data, "arrow:pandas")
    pd.testing.assert_frame_equal(back, frame, check_index_type=case not in ("empty", "named range"))


KEPT = {
    "default": ["n", "x", "text", "ok"],
    "filtered": ["n", "x", "text", "ok"],
    "sorted": ["n", "x", "text", "ok"],
    "named": ["text", "n"],
    "named range": ["row", "n", "x", "text", "ok"],
    "unnamed text": ["index", "n", "x", "text", "ok"],
    "dates": ["index", "n", "x", "text", "ok"],
    "two levels": ["text", "ok", "n", "x"],
    "two levels without names": ["level_0", "level_1", "n", "x", "text", "ok"],
    "whole number names": ["0", "1"],
}


@pytest.mark.parametrize("case", KEPT)
def test_an_index_that_means_something_becomes_columns(case: str) -> None:
    frame = CASES[case]
    rows = encode(frame, "csv")
    assert list(rows.columns) == KEPT[case]
    assert list(json.loads(encode(frame, "jsonl").data.splitlines()[0])) == KEPT[case]
    plain = without_pandas_index(from_stream(encode(frame, "value").data))
    assert plain.schema.names == KEPT[case]
    assert plain.schema.metadata is None
    in_csv = list(csv.reader(io.StringIO(rows.data.decode(), newline="")))
    assert len(in_csv) == plain.num_rows == len(frame)
    first = [value for name, value in plain.slice(0, 1).to_pylist()[0].items() if name not in ("d", "index")]
    assert [str(value) for value in first] == in_csv[0][-len(first) :]


def test_missing_values() -> None:
    frame = CASES["dates and missing"].assign(
        x=[0.5, math.nan], b=pd.array([True, None], "boolean"), o=[None, "z"]
    )
    first, second = (json.loads(line) for line in encode(frame, "jsonl").data.splitlines())
    assert first == {"d": "2013-01-01T00:00:00", "i": 1, "s": "x", "x": 0.5, "b": True, "o": None}
    assert math.isnan(second.pop("x"))
    assert second == {"d": None, "i": None, "s": None, "b": None, "o": "z"}
    assert encode(frame, "csv").data == b"2013-01-01T00:00:00,1,x,0.5,True,\n,,,,,z\n"
    other = pl.DataFrame({"d": [dt.date(2013, 1, 1), None], "x": [math.nan, None]})
    assert encode(other, "csv").data == b"2013-01-01,\n,\n"
    assert encode(other, "jsonl").data == b'{"d":"2013-01-01","x":NaN}\n{"d":null,"x":null}\n'


def test_nested_columns_go_to_json_and_not_to_csv() -> None:
    table = pa.table({"a": [[1, 2], []], "s": [{"k": 1}, None]})
    assert json.loads(encode(table, "json").data) == [{"a": [1, 2], "s": {"k": 1}}, {"a": [], "s": None}]
    with pytest.raises(ResultTypeError, match=r'result\[0\]\["a"\] is of type list'):
        encode(table, "csv")
    decimals = pa.table({"a": [Decimal("1.50")]})
    assert encode(decimals, "csv").data == b"1.50\n"
    with pytest.raises(ResultTypeError, match=r'result\[0\]\["a"\] is of type decimal.Decimal'):
        encode(decimals, "json")


def test_tables_without_rows_or_columns() -> None:
    for empty in (pd.DataFrame({"a": []}), pl.DataFrame({"a": []}), pa.table({"a": []})):
        assert encode(empty, "csv").columns == ("a",)
        assert encode(empty, "csv").records == encode(empty, "jsonl").records == 0
        assert encode(empty, "csv").data == encode(empty, "jsonl").data == b""
        assert encode(empty, "json").data == b"[]\n"
    assert encode(pd.DataFrame(), "csv").columns == ()


REFUSED = {
    "two levels of columns": (
        pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])),
        "result is a table with several levels of column names",
        'df.columns = ["_".join(map(str, names)) for names in df.columns]',
    ),
    "a name twice": (
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        "result has two columns named 'a'",
        "its own name",
    ),
    "text and number as names": (
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
        "result has two columns named '1'",
        "name",
    ),
    "series": (pd.Series([1]), "result is of type pandas.Series", ".to_frame()"),
    "index": (pd.Index([1]), "result is of type pandas.Index", ".tolist()"),
    "polars series": (pl.Series([1]), "result is of type polars.Series", ".to_frame()"),
    "lazy": (pl.LazyFrame({"a": [1]}), "result is of type polars.LazyFrame", "Return .collect() of it."),
    "arrow array": (pa.array([1]), "result is of type pyarrow.Int64Array", ".to_pylist()"),
}


@pytest.mark.parametrize("record_format", ["json", "jsonl", "csv", "value"])
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str, record_format: Any) -> None:
    value, told, remedy = REFUSED[case]
    with pytest.raises(ResultTypeError) as caught:
        encode(value, record_format, partition="p1")
    assert caught.value.message.startswith(f"partition p1: {told}, so the result cannot be stored as ")
    assert remedy in caught.value.hint


def test_a_table_inside_a_value_is_refused() -> None:
    for kind, rows in (
        ("pandas", '.to_dict("records")'),
        ("polars", ".to_dicts()"),
        ("pyarrow", ".to_pylist()"),
    ):
        with pytest.raises(ResultTypeError) as caught:
            encode({"a": TABLES[kind]}, "value")
        assert caught.value.hint == f"Return the table by itself, or {rows} of it."


def test_an_index_called_like_a_column() -> None:
    frame = TABLES["pandas"].set_index("n", drop=False)
    with pytest.raises(ResultTypeError, match="result is a table whose index has the name of a column"):
        encode(frame, "csv")


def test_a_column_that_arrow_cannot_hold() -> None:
    with pytest.raises(
        ResultTypeError, match="result is a table with a column that Arrow cannot hold"
    ) as caught:
        encode(pd.DataFrame({"a": [1, "x", {2}]}), "value")
    assert "column a" in caught.value.message


def test_durations_are_refused_in_text_and_kept_in_arrow() -> None:
    frame = pd.DataFrame({"t": pd.to_timedelta([90], unit="s")})
    with pytest.raises(ResultTypeError, match=r'result\[0\]\["t"\] is of type pandas.Timedelta'):
        encode(frame, "csv")
    pd.testing.assert_frame_equal(decode(encode(frame, "value").data, "arrow:pandas"), frame)


class MyFrame(pd.DataFrame):
    """As geopandas and others do."""


def test_subclasses_of_tables_are_tables() -> None:
    assert table_kind(MyFrame({"a": [1]})) == "pandas"
    assert table_kind([1]) is None
    assert encode(MyFrame({"a": [1]}), "csv").data == b"1\n"
