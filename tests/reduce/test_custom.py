"""Custom reducers: what the author's function gets, and what becomes of what it returns."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce.custom import CustomReducer, ResultStream

Reduce = Callable[..., bytes]


def reduced(made: Any, suffix: str, reduce: Reduce) -> bytes:
    return reduce(CustomReducer(lambda results: made() if callable(made) else made, suffix=suffix), [1])


def test_the_function_gets_every_result_in_order_and_the_options(reduce: Reduce) -> None:
    def merge(results: ResultStream, *, scale: int, label: str) -> dict[str, Any]:
        assert len(results) == 3
        assert (results.index, results.partition) == (-1, "")
        seen = [(results.index, results.partition, value) for value in results]
        calls.append(1)
        return {"seen": seen, "scale": scale, "label": label}

    calls: list[int] = []
    reducer = CustomReducer(merge, {"scale": 3, "label": "x"})
    values = [{"a": (1, 2)}, None, "text"]
    artifact = json.loads(reduce(reducer, values, [[2, 0], [1]]))
    assert artifact == {
        "seen": [[0, "id0", {"a": [1, 2]}], [1, "id1", None], [2, "id2", "text"]],
        "scale": 3,
        "label": "x",
    }
    assert calls == [1]


def test_tables_come_back_as_they_were_returned(reduce: Reduce) -> None:
    pandas, polars, arrow = (pytest.importorskip(name) for name in ("pandas", "polars", "pyarrow"))
    values = [pandas.DataFrame({"k": ["a"], "n": [1]}).groupby("k").sum(), polars.DataFrame({"n": [2]}), [3]]
    values.append(arrow.table({"n": [4]}))

    def merge(results: Iterator[Any]) -> list[str]:
        return [type(value).__module__.partition(".")[0] + str(len(value)) for value in results]

    assert json.loads(reduce(CustomReducer(merge), values)) == ["pandas1", "polars1", "builtins1", "pyarrow1"]


def test_results_are_read_when_they_are_asked_for(store: Callable[..., Any], run: Callable[..., Any]) -> None:
    results = store([{"n": at} for at in range(4)], "value", [[0], [1], [2], [3]])
    results[3].path.unlink()
    artifact, _, _ = run(CustomReducer(lambda stream: [next(stream), next(stream)]), results)
    assert json.loads(artifact) == [{"n": 0}, {"n": 1}]


class MergeError(Exception):
    pass


def test_the_functions_own_error_passes_through(reduce: Reduce) -> None:
    def merge(results: Iterator[Any]) -> Any:
        raise MergeError("mine")

    with pytest.raises(MergeError, match=r"^mine$"):
        reduce(CustomReducer(merge), [1])

    def pieces(results: Iterator[Any]) -> Iterator[Any]:
        yield 1
        raise MergeError("mine")

    with pytest.raises(MergeError, match=r"^mine$"):
        reduce(CustomReducer(pieces), [1])


def test_a_function_that_does_not_take_the_options_is_told_what_it_gets(reduce: Reduce) -> None:
    def merge(results: Iterator[Any], *, scale: int) -> int:
        raise AssertionError("not called")

    with pytest.raises(ReduceError) as caught:
        reduce(CustomReducer(merge, {"scale": 1, "size": 2}), [1])
    assert "with the results and the options scale, size of [reduce], but its function is (results: " in str(
        caught.value
    )
    assert "unexpected keyword argument 'size'" in caught.value.message
    with pytest.raises(ReduceError, match=r"\(none\) of \[reduce\].*missing a required .*'scale'"):
        reduce(CustomReducer(merge), [1])
    assert reduce(CustomReducer(max), [{"a": 1}])  # a function without a signature is called as it is


def test_returning_nothing_is_told(reduce: Reduce) -> None:
    with pytest.raises(ReduceError, match=r"the reducer custom returned None.*\n.*`return \.\.\.`"):
        reduced(None, ".json", reduce)


WRITTEN: dict[str, tuple[Any, str, bytes]] = {
    "mapping": ({"a": 1, "ü": [1, 2]}, ".json", '{\n  "a": 1,\n  "ü": [\n    1,\n    2\n  ]\n}\n'.encode()),
    "number": (3.5, ".json", b"3.5\n"),
    "nan": ({"a": math.nan}, ".json", b'{\n  "a": NaN\n}\n'),
    "list": ([{"a": 1}, 2], ".json", b'[\n{"a":1},\n2\n]\n'),
    "empty list": ([], ".json", b"[]\n"),
    "text as a value": ("x", ".json", b'"x"\n'),
    "text as a line": ("x", ".jsonl", b'"x"\n'),
    "lines": ([{"a": 1}, 2], ".jsonl", b'{"a":1}\n2\n'),
    "mapping as a line": ({"a": [1]}, ".ndjson", b'{"a":[1]}\n'),
    "rows": ([{"a": 1, "b": None}, {"b": "x", "a": 2}], ".csv", b"a,b\n1,\n2,x\n"),
    "a row": ({"a": 1}, ".csv", b"a\n1\n"),
    "no rows": ([], ".csv", b""),
    "text": ("# Report\nü", ".md", "# Report\nü".encode()),
    "csv text": ("a,b\n", ".csv", b"a,b\n"),
    "bytes": (b"\x89PNG", ".png", b"\x89PNG"),
    "bytes whatever the suffix": (b"{}", ".json", b"{}"),
    "value with another suffix": ({"a": 1}, ".txt", b'{\n  "a": 1\n}\n'),
    "value without a suffix": ([1], "", b"[\n1\n]\n"),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_what_is_written(case: str, reduce: Reduce) -> None:
    made, suffix, expected = WRITTEN[case]
    assert reduced(made, suffix, reduce) == expected


STREAMED: dict[str, tuple[list[Any], str, bytes]] = {
    "elements": ([{"a": 1}, [2], "x"], ".json", b'[\n{"a":1},\n[2],\n"x"\n]\n'),
    "nothing": ([], ".json", b"[]\n"),
    "lines": ([{"a": 1}, [2, 3], "x", None], ".jsonl", b'{"a":1}\n2\n3\n"x"\n'),
    "no lines": ([], ".jsonl", b""),
    "rows": ([{"a": 1, "b": 2}, [{"b": 3, "a": 4}, {"b": 5, "a": 6}], []], ".csv", b"a,b\n1,2\n4,3\n6,5\n"),
    "no rows": ([], ".csv", b""),
    "text": (["a", "b\n", b"c"], ".txt", b"ab\nc"),
    "bytes": ([b"a", b"b"], ".bin", b"ab"),
}


@pytest.mark.parametrize("case", STREAMED)
def test_what_is_written_piece_by_piece(case: str, reduce: Reduce) -> None:
    pieces, suffix, expected = STREAMED[case]
    assert reduced(lambda: iter(pieces), suffix, reduce) == expected


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("streamed", [False, True])
def test_tables_by_suffix(kind: str, streamed: bool, reduce: Reduce) -> None:
    library = pytest.importorskip(kind)
    parquet = pytest.importorskip("pyarrow.parquet")
    make = library.table if kind == "pyarrow" else library.DataFrame
    columns = {"a": [1, 2], "b": ["x", "y,z"]}
    made = (lambda: iter([make(columns), make(columns)])) if streamed else make(columns)
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y,z"}] * (2 if streamed else 1)
    assert json.loads(reduced(made, ".json", reduce)) == rows
    assert [json.loads(line) for line in reduced(made, ".jsonl", reduce).splitlines()] == rows
    assert parquet.read_table(io.BytesIO(reduced(made, ".parquet", reduce))).to_pylist() == rows
    text = reduced(made, ".csv", reduce).decode()
    assert list(csv.DictReader(io.StringIO(text))) == [{**row, "a": str(row["a"])} for row in rows]
    with pytest.raises(
        ReduceError, match=r"returned a table, and the suffix '\.xlsx' does not say"
    ) as caught:
        reduced(made, ".xlsx", reduce)
    assert ".csv, .parquet, .jsonl" in caught.value.hint


def test_rows_as_parquet(reduce: Reduce) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"a": 1, "b": "x"}, {"b": "y", "a": 2}]
    expected = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert parquet.read_table(io.BytesIO(reduced(rows, ".parquet", reduce))).to_pylist() == expected
    assert (
        parquet.read_table(io.BytesIO(reduced(lambda: iter(rows), ".parquet", reduce))).to_pylist()
        == expected
    )
    assert parquet.read_table(io.BytesIO(reduced([], ".parquet", reduce))).num_rows == 0


NOT_WRITTEN: dict[str, tuple[Any, str, str]] = {
    "set": ({"a": {1}}, ".json", 'cannot be written to a .json file: result["a"] is of type set'),
    "nested in csv": (
        [{"a": [1]}],
        ".csv",
        'cannot be written to a .csv file: result[0]["a"] is of type list',
    ),
    "number in csv": (3, ".csv", "cannot be written to a .csv file: result is of type int"),
    "number in parquet": (3, ".parquet", "cannot be written to a .parquet file: result[0] is of type int"),
    "text in parquet": ("x", ".parquet", "cannot be written to a .parquet file: result[0] is of type str"),
    "parts of csv that differ": (
        lambda: iter([{"a": 1}, {"b": 1}]),
        ".csv",
        "result has a part that lacks 'a' and has 'b' besides",
    ),
    "parts of parquet that differ": (
        lambda: iter([{"a": 1}, {"a": "x"}]),
        ".parquet",
        "result has a part that has a value that does not fit its column",
    ),
    "text and numbers": (lambda: iter(["a", 1]), ".txt", "result mixes text or bytes with other values"),
    "set in a list": (lambda: iter([1, {2}]), ".json", "result[1] is of type set"),
}


@pytest.mark.parametrize("case", NOT_WRITTEN)
def test_what_cannot_be_written(case: str, reduce: Reduce) -> None:
    made, suffix, told = NOT_WRITTEN[case]
    with pytest.raises(ReduceError) as caught:
        reduced(made, suffix, reduce)
    assert caught.value.message.startswith("what the reducer returned cannot be written to a ")
    assert told in caught.value.message
    assert caught.value.hint


def test_pandas_joins_the_results_themselves(reduce: Reduce) -> None:
    pandas = pytest.importorskip("pandas")
    frames = [pandas.DataFrame({"k": ["a", "b"], "n": [at, 1]}) for at in range(3)]
    reducer = CustomReducer(lambda results: pandas.concat(results).groupby("k").sum(), suffix=".csv")
    assert reduce(reducer, frames) == b"k,n\na,3\nb,3\n"
