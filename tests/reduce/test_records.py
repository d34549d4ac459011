"""What a partition function may return, what it is stored as, and what it is told otherwise."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import enum
import io
import json
import math
import subprocess
import sys
import threading
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, namedtuple
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import ResultTypeError
from jupyter_agilab.reduce.records import decode, encode

np = pytest.importorskip("numpy")


@dataclasses.dataclass
class Fit:
    slope: float
    at: dt.date
    tags: tuple[str, ...] = ()
    by_year: dict[int, float] = dataclasses.field(default_factory=dict)


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


Point = namedtuple("Point", "x y")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_json_values_come_back_as_they_were(value: Any) -> None:
    for record_format in ("json", "value"):
        encoded = encode(value, record_format)
        assert decode(encoded.data, encoded.encoding) == value
        assert encoded.records == 1
        assert encoded.data.count(b"\n") == 1
        assert encoded.data.endswith(b"\n")


@given(st.lists(json_values, max_size=6))
def test_json_lines_are_one_line_per_element_for_any_reader(values: list[Any]) -> None:
    encoded = encode(values, "jsonl")
    assert encoded.records == len(values)
    assert [json.loads(line) for line in encoded.data.decode().splitlines()] == values


BECOMES: dict[str, tuple[Any, Any]] = {
    "tuple": ((1, (2, "x")), [1, [2, "x"]]),
    "named tuple": (Point(1, 2), [1, 2]),
    "dataclass": (
        Fit(1.5, dt.date(2013, 1, 2), ("a",), {2013: 0.5}),
        {"slope": 1.5, "at": "2013-01-02", "tags": ["a"], "by_year": {"2013": 0.5}},
    ),
    "dataclass in a list": (
        [Fit(1, dt.date(2013, 1, 2))],
        [{"slope": 1, "at": "2013-01-02", "tags": [], "by_year": {}}],
    ),
    "counter": (Counter("aab"), {"a": 2, "b": 1}),
    "ordered": (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    "defaultdict": (defaultdict(int, a=1), {"a": 1}),
    "mapping proxy": (types.MappingProxyType({"a": (1,)}), {"a": [1]}),
    "numpy int": (np.int64(7), 7),
    "numpy unsigned": (np.uint8(7), 7),
    "numpy float": (np.float64(0.1), 0.1),
    "numpy float32": (np.float32(1.5), 1.5),
    "numpy long double": (np.longdouble(1.5), 1.5),
    "numpy bool": (np.bool_(True), True),
    "numpy text": (np.str_("é"), "é"),
    "numpy date": (np.datetime64("2013-01-02T03:04"), "2013-01-02T03:04"),
    "numpy no date": (np.datetime64("NaT", "s"), None),
    "numpy inside": ({"a": [np.int32(1), {"b": np.float64(2)}]}, {"a": [1, {"b": 2}]}),
    "date": (dt.date(2013, 1, 2), "2013-01-02"),
    "datetime": (dt.datetime(2013, 1, 2, 3, 4, 5, 6, dt.UTC), "2013-01-02T03:04:05.000006+00:00"),
    "time": (dt.time(3, 4), "03:04:00"),
    "path": (Path("out/a.png"), "out/a.png"),
    "windows path": (PureWindowsPath("out\\a.png"), "out/a.png"),
    "uuid": (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    "enum": (Colour.RED, "red"),
    "int enum": (Level.LOW, 1),
    "large int": (2**100, 2**100),
    "int keys": ({2013: 1, 2014: 2}, {"2013": 1, "2014": 2}),
    "nested int keys": ([{"a": {1: {2: 3}}}], [{"a": {"1": {"2": 3}}}]),
    "float, bool and none keys": ({0.5: 1, True: 2, None: 3}, {"0.5": 1, "true": 2, "null": 3}),
    "numpy keys": ({np.int64(3): 1, np.float64(0.5): 2, np.str_("x"): 3}, {"3": 1, "0.5": 2, "x": 3}),
    "date keys": ({dt.date(2013, 1, 2): 1}, {"2013-01-02": 1}),
    "text with line ends": ("a\nb\r\u2028\u2029\x85c", "a\nb\r\u2028\u2029\x85c"),
    "lone surrogate": ({"file": "b\udc80"}, {"file": "b\udc80"}),
    "emoji": ("😀", "😀"),
}


@pytest.mark.parametrize("case", BECOMES)
def test_what_becomes_plain(case: str) -> None:
    value, expected = BECOMES[case]
    encoded = encode(value, "json")
    assert json.loads(encoded.data) == expected
    assert encoded.data == encode(value, "value").data


def test_keys_are_what_pythons_json_writes() -> None:
    keys = {1: 0, -2.5: 0, True + 4: 0, None: 0, False: 0, 1e300: 0, math.inf: 0}
    assert json.loads(encode(keys, "json").data) == json.loads(json.dumps(keys))


def test_nan_and_infinity_stay(require: Any) -> None:
    encoded = encode({"a": math.nan, "b": [-math.inf, np.float32("inf")]}, "json")
    assert encoded.data == b'{"a":NaN,"b":[-Infinity,Infinity]}\n'
    pandas = require("pandas")
    frame = pandas.read_json(io.BytesIO(encode([{"a": math.nan}, {"a": 1.5}], "jsonl").data), lines=True)
    assert frame["a"].isna().tolist() == [True, False]


def test_text_is_not_escaped_and_order_is_kept() -> None:
    assert encode({"ß": 1, "a": "ü/\\"}, "json").data == '{"ß":1,"a":"ü/\\\\"}\n'.encode()


def test_jsonl_shapes() -> None:
    assert encode(None, "jsonl").data == b""
    assert encode(None, "jsonl").records == 0
    assert encode([], "jsonl") == encode(None, "jsonl")
    assert encode({"a": 1}, "jsonl").data == b'{"a":1}\n'
    assert encode("text", "jsonl").data == b'"text"\n'
    assert encode(Point(1, 2), "jsonl").data == b"[1,2]\n"
    assert encode([None, [1, 2]], "jsonl").data == b"null\n[1,2]\n"
    assert encode(({"a": 1}, {"a": np.int64(2)}), "jsonl").data == b'{"a":1}\n{"a":2}\n'


def contains_itself() -> list[Any]:
    value: list[Any] = [1]
    value.append(value)
    return value


REFUSED: dict[str, tuple[Any, str, str, str]] = {
    # value: (place, what came, remedy)
    "set": (
        {3, 1},
        "result",
        "is of type set",
        "Return sorted(...) of it, or list(...) where the items have no order.",
    ),
    "nested set": (
        {"a": [1, 2, 3, {1}]},
        'result["a"][3]',
        "is of type set",
        "Return sorted(...) of it, or list(...) where the items have no order.",
    ),
    "lock": (
        {"x": threading.Lock()},
        'result["x"]',
        "is of type _thread.lock",
        "It means something only inside this process: return the data that it guards or reads.",
    ),
    "generator": ((n for n in ()), "result", "is of type generator", "Return list(...) of it."),
    "range": (range(3), "result", "is of type range", "Return list(...) of it."),
    "keys view": ({}.keys(), "result", "is of type dict_keys", "Return list(...) of it."),
    "array": (
        [np.arange(3)],
        "result[0]",
        "is of type numpy.ndarray",
        "Return .tolist() of it, or a table (pandas, polars or pyarrow).",
    ),
    "numpy duration": (
        np.timedelta64(3, "h"),
        "result",
        "is of type numpy.timedelta64",
        'Return value / numpy.timedelta64(1, "s"), the seconds.',
    ),
    "bytes": (
        b"x",
        "result",
        "is of type bytes",
        "Return .decode() of it if it is text; otherwise write a file and return its path.",
    ),
    "complex": (1j, "result", "is of type complex", "Return [z.real, z.imag]."),
    "numpy complex": (np.complex128(1j), "result", "is of type numpy.complex128", "Return [z.real, z.imag]."),
    "decimal": (
        Decimal("0.1"),
        "result",
        "is of type decimal.Decimal",
        "Return float(...) of it, or str(...) to keep every digit.",
    ),
    "timedelta": (
        dt.timedelta(1),
        "result",
        "is of type datetime.timedelta",
        "Return .total_seconds() of it.",
    ),
    "function": (
        len,
        "result",
        "is of type builtin_function_or_method",
        "Return what it gives when it is called.",
    ),
    "class": (Fit, "result", "is of type type", "Return what it gives when it is called."),
    "module": (
        json,
        "result",
        "is of type module",
        "It means something only inside this process: return the data that it guards or reads.",
    ),
    "any object": (
        {"a": {"b": object()}},
        'result["a"]["b"]',
        "is of type object",
        "Return numbers, text, lists, dictionaries, a dataclass or a table made from it.",
    ),
    "in a dataclass": (
        Fit(1, dt.date(2013, 1, 1), by_year={2013: {1}}),
        'result["by_year"][2013]',
        "is of type set",
        "Return sorted(...) of it, or list(...) where the items have no order.",
    ),
    "fraction": (
        Fraction(1, 3),
        "result",
        "is of type fractions.Fraction",
        "Return numbers, text, lists, dictionaries, a dataclass or a table made from it.",
    ),
    "tuple key": (
        {"a": {(1, "x"): 2}},
        'result["a"]',
        "has the key (1, 'x') of type tuple",
        "Keys are stored as text: use str(key), or ' '.join(map(str, key)) for a tuple.",
    ),
    "two keys with one text": (
        [{1: "a", "1": "b"}],
        "result[0]",
        "has the keys 1 and '1', both of which become '1'",
        "Keys are stored as text: give the two keys different names.",
    ),
    "key with quotes": (
        {'a"\\b': {1}},
        'result["a\\"\\\\b"]',
        "is of type set",
        "Return sorted(...) of it, or list(...) where the items have no order.",
    ),
    "itself": (
        contains_itself(),
        "result",
        "is nested too deeply or contains itself",
        "Return a flatter value.",
    ),
    "itself and a set": (
        [contains_itself(), {1}],
        "result",
        "is nested too deeply or contains itself",
        "Return a flatter value.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    value, place, came, remedy = REFUSED[case]
    with pytest.raises(ResultTypeError) as caught:
        encode(value, "json", partition="1f0c", described="data/a.csv bytes 0-9")
    assert str(caught.value) == (
        f"partition 1f0c (data/a.csv bytes 0-9): {place} {came}, so the result cannot be stored as JSON\n"
        f"    {remedy}"
    )
    assert caught.value.code == "result-type"
    assert caught.value.__cause__ is None


def test_what_the_partition_is_may_be_told_late() -> None:
    def described() -> str:
        told.append(1)
        return "lr=0.1"

    told: list[int] = []
    encode(1, "json", partition="p", described=described)
    assert told == []
    with pytest.raises(ResultTypeError, match=r"partition p \(lr=0.1\): result is of type set"):
        encode({1}, "jsonl", partition="p", described=described)


def test_each_line_of_a_list_is_named() -> None:
    with pytest.raises(
        ResultTypeError, match=r'result\[1\]\["a"\] is of type set, so .* stored as JSON lines'
    ):
        encode([{"a": 1}, {"a": {1}}], "jsonl")


def parsed(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


fields = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(
    ["\r", "\r\n", '"', '""', ",", "\n", " a "]
)


@given(st.lists(st.tuples(fields, fields, st.integers(), st.floats(allow_nan=False)), min_size=1, max_size=6))
def test_csv_rows_read_back_with_pythons_csv(rows: list[tuple[Any, ...]]) -> None:
    records = [dict(zip("abcd", row, strict=True)) for row in rows]
    encoded = encode(records, "csv")
    assert encoded.columns == ("a", "b", "c", "d")
    assert encoded.records == len(rows)
    found = parsed(encoded.data)
    assert [(a, b, int(c), float(d)) for a, b, c, d in found] == rows
    for record in records[:1]:
        assert encode(record, "csv").data == encode([record], "csv").data


def test_csv_fields() -> None:
    row = {
        "none": None,
        "nan": math.nan,
        "np nan": np.float32("nan"),
        "inf": -math.inf,
        "bool": True,
        "np bool": np.bool_(False),
        "float": 0.1 + 0.2,
        "np float": np.float64(0.1),
        "date": dt.date(2013, 1, 2),
        "decimal": Decimal("0.10"),
        "path": Path("a/b"),
        "enum": Colour.RED,
    }
    expected = [
        [
            "",
            "",
            "",
            "-inf",
            "True",
            "False",
            "0.30000000000000004",
            "0.1",
            "2013-01-02",
            "0.10",
            "a/b",
            "red",
        ]
    ]
    assert parsed(encode(row, "csv").data) == expected
    assert parsed(encode([row, row], "csv").data) == expected * 2
    assert encode([{"a": None}, {"a": ""}], "csv").data == b'""\n""\n'


def test_csv_shapes() -> None:
    assert encode(None, "csv") == encode([], "csv")
    assert encode([], "csv").records == 0
    assert encode([], "csv").columns == ()
    assert encode([{"b": 1, "a": 2}, {"a": 4, "b": 3}], "csv").data == b"1,2\n3,4\n"
    assert encode({2013: 1}, "csv").columns == ("2013",)
    fit = Fit(1, dt.date(2013, 1, 2))
    with pytest.raises(ResultTypeError, match=r'result\["tags"\] is of type tuple'):
        encode(fit, "csv")


NOT_ROWS: dict[str, tuple[Any, str, str]] = {
    "nested list": ([{"a": 1}, {"a": [1]}], 'result[1]["a"] is of type list', "A CSV field holds one value"),
    "nested dict": ({"a": {}}, 'result["a"] is of type dict', "A CSV field holds one value"),
    "set in a field": ({"a": {1}}, 'result["a"] is of type set', "Return sorted"),
    "number": (3, "result is of type int", "Return a table, a dictionary or a list of dictionaries"),
    "text": ("a,b\n", "result is of type str", "Return a table, a dictionary or a list of dictionaries"),
    "list of numbers": ([1, 2], "result[0] is of type int", "Return a table"),
    "named tuple": (Point(1, 2), "result is of type ", "Return ._asdict() of it."),
    "named tuples": ([Point(1, 2)], "result[0] is of type ", "Return ._asdict() of it."),
    "missing key": (
        [{"a": 1, "b": 2}, {"a": 1}],
        "result[1] lacks 'b', compared with result[0]",
        "Give every row",
    ),
    "extra key": (
        [{"a": 1}, {"a": 1, "c": 2}],
        "result[1] has 'c' besides, compared with result[0]",
        "Give every row",
    ),
    "other key": ([{"a": 1}, {"b": 1}], "result[1] lacks 'a' and has 'b' besides", "Give every row"),
    "no keys": ({}, "result is a mapping without keys", "or None for no row"),
    "rows without keys": ([{}, {}], "result[0] is a mapping without keys", "Return rows that have columns"),
    "one name twice": ({1: 1, "1": 2}, "result has two columns named '1'", "its own name"),
    "surrogate": (
        {"a": "x\udc80y"},
        "result holds text that is not valid Unicode, near 'x\\udc80y\\n'",
        "concat-jsonl",
    ),
}


@pytest.mark.parametrize("case", NOT_ROWS)
def test_what_is_no_csv_row(case: str) -> None:
    value, told, remedy = NOT_ROWS[case]
    with pytest.raises(ResultTypeError) as caught:
        encode(value, "csv", partition="p7")
    assert caught.value.message.startswith(f"partition p7: {told}")
    assert caught.value.message.endswith("so the result cannot be stored as CSV rows")
    assert remedy in caught.value.hint


def test_encoding_imports_no_table_library() -> None:
    code = (
        "import sys; from jupyter_agilab.reduce.records import encode; import jupyter_agilab.reduce.reading\n"
        "for f in ('json', 'jsonl', 'csv', 'value'): encode([{'a': 1}], f)\n"
        "print(sorted({'numpy', 'pandas', 'polars', 'pyarrow', 'dask'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        == "[]\n"
    )
