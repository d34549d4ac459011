"""What is packed and unpacked is the same value of the same type, through JSON text."""

import collections
import datetime
import decimal
import fractions
import json
import math
import pathlib
import uuid
import zoneinfo
from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import ResultTypeError
from jupyter_agilab.exact import pack, unpack


def again(value):
    return unpack(json.loads(json.dumps(pack(value))))


@dataclass
class Reading:
    place: str
    value: float


Point = collections.namedtuple("Point", "x y")

EXACT = {
    "text": "a",
    "nan": [1.5, -0.0, 10**30, True, None],
    "tuple": (1, (2, [3])),
    "set": {1, 2},
    "frozenset": frozenset("ab"),
    "int keys": {1: "a", (2, 3): "b", None: "c"},
    "the tag as a key": {"$": "tuple", "items": []},
    "bytes": b"\x00\xff",
    "bytearray": bytearray(b"ab"),
    "complex": complex(1, -0.0),
    "range": range(1, 9, 2),
    "ellipsis": ...,
    "slice": [slice(None, 3)],
    "date": datetime.date(2024, 2, 29),
    "datetime": datetime.datetime(2024, 2, 29, 1, 2, 3, 4, fold=1),
    "utc": datetime.datetime(2024, 2, 29, tzinfo=datetime.UTC),
    "zone": datetime.datetime(2024, 2, 29, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
    "time": datetime.time(1, 2),
    "timedelta": datetime.timedelta(days=-1, microseconds=3),
    "decimal": decimal.Decimal("1.10"),
    "fraction": fractions.Fraction(1, 3),
    "uuid": uuid.UUID(int=7),
    "path": pathlib.Path("data/a.csv"),
    "pure": pathlib.PureWindowsPath("data\\a.csv"),
    "counter": collections.Counter("abca"),
    "ordered": collections.OrderedDict(b=1, a=2),
    "deque": collections.deque([1, 2], maxlen=3),
    "dataclass": Reading("a", np.float64(1.5)),
    "namedtuple": Point(1, np.int32(2)),
    "float64": np.float64(0.1),
    "float32": np.float32(0.1),
    "float16": np.float16(0.1),
    "int8": np.int8(-3),
    "bool": np.bool_(True),
    "str_": np.str_("a"),
    "datetime64": np.datetime64("2024-02-29T01:02"),
    "timestamp": pd.Timestamp("2024-02-29 01:02:03.000000004"),
    "zoned timestamp": pd.Timestamp("2024-02-29", tz="Europe/Paris"),
    "period": pd.Period("2024-02", freq="M"),
    "interval": pd.Interval(0, 1, closed="left"),
    "pd.Timedelta": pd.Timedelta("3s"),
}


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT)
def test_same_value_of_the_same_type(value):
    found = again(value)
    assert type(found) is type(value)
    assert found == value
    assert repr(found) == repr(value)


def test_a_defaultdict_keeps_what_it_makes():
    found = again(collections.defaultdict(list, a=[1]))
    assert type(found) is collections.defaultdict
    assert found["new"] == []
    assert found["a"] == [1]


def test_special_numbers():
    assert math.isnan(again(math.nan))
    assert again([math.inf, -math.inf]) == [math.inf, -math.inf]
    assert math.copysign(1, again(-0.0)) == -1
    assert again(pd.NaT) is pd.NaT
    assert again(pd.NA) is pd.NA


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.array(3.5),
        np.asfortranarray(np.ones((2, 3), dtype=">f4")),
        np.array([b"a", b"bc"]),
        np.array(["2024-01-01", "NaT"], dtype="M8[s]"),
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        np.zeros((0, 4)),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_arrays(array):
    found = again(array)
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
    assert found.flags.f_contiguous == array.flags.f_contiguous


def test_arrays_of_objects():
    array = np.array([[1, "a"], [(2,), None]], dtype=object)
    found = again(array)
    assert found.dtype == object
    assert found.tolist() == array.tolist()


FRAME = pd.DataFrame(
    {
        "i": [1, 2, 3],
        "f": [0.1, None, 3],
        "s": ["a", None, "c"],
        "o": [1, "a", (2, 3)],
        "c": pd.Categorical(["x", "y", "x"], categories=["y", "x"], ordered=True),
        "d": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
        "z": pd.to_datetime(["2024-01-01", None, "2024-01-03"]).tz_localize("Europe/Paris"),
        "n": pd.array([1, None, 3], dtype="Int16"),
        "b": pd.array([True, None, False], dtype="boolean"),
        "t": pd.array(["a", None, "b"], dtype="string"),
        "p": pd.period_range("2024-01", periods=3, freq="M"),
        "v": pd.interval_range(0, 3),
        "a": pd.array([1.5, None, 2.0], dtype=pd.ArrowDtype(pa.float32())),
        ("tuple", 1): pd.to_timedelta([1, 2, 3], unit="s"),
    },
    index=[5, 3, 5],
)
INDEXES = {
    "range": pd.RangeIndex(3, name="n"),
    "text": pd.Index(["b", "a", "a"], name=("x", 1)),
    "dates": pd.date_range("2024-01-01", periods=3, freq="MS", name="month"),
    "zoned": pd.date_range("2024-01-01", periods=3, freq="D", tz="Asia/Tokyo"),
    "many": pd.MultiIndex.from_tuples([("a", 1), ("b", 2), ("a", 3)], names=["k", None]),
    "category": pd.CategoricalIndex(["a", "b", "a"]),
    "objects": pd.Index([1, "a", None], dtype=object),
    "float": pd.Index([0.5, 1.5, 2.5]),
}


def test_a_frame_of_all_types():
    pd.testing.assert_frame_equal(again(FRAME), FRAME, check_exact=True, check_freq=True)


@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_indexes(index):
    found = again(index)
    pd.testing.assert_index_equal(found, index, exact=True)
    assert getattr(found, "freq", None) == getattr(index, "freq", None)
    series = pd.Series([1, 2, 3], index=index, name="s")
    pd.testing.assert_series_equal(again(series), series)
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=index)
    pd.testing.assert_frame_equal(again(frame), frame)
    pd.testing.assert_frame_equal(again(frame.T), frame.T)


def test_empty_frames_and_groups():
    for frame in (pd.DataFrame(), FRAME.iloc[:0], FRAME.iloc[:, :0]):
        pd.testing.assert_frame_equal(again(frame), frame)
    groups = dict(list(pd.DataFrame({"k": ["a", "b"], "v": [1, 2]}).groupby("k")))
    found = again(groups)
    assert list(found) == list(groups)
    pd.testing.assert_frame_equal(found["b"], groups["b"])


def test_rows_of_itertuples():
    row = next(pd.DataFrame({"a": [1], "b": ["x"]}).itertuples())
    found = again(row)
    assert found == row
    assert (found.Index, found.a, found.b) == (0, 1, "x")


def test_other_tables():
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert again(frame).equals(frame)
    assert again(frame["b"]).equals(frame["b"])
    table = pa.table({"a": [1, 2]})
    assert again(table).equals(table)


class Other:
    pass


class SubFrame(pd.DataFrame):
    pass


@pytest.mark.parametrize(
    "value",
    [
        Other(),
        {"a": [Other()]},
        lambda: 0,
        SubFrame({"a": [1]}),
        np.ma.masked_array([1]),
        np.array([Other()]),
        pd.DataFrame({"a": [Other()]}),
        (n for n in ()),
        collections.defaultdict(lambda: 0),
    ],
    ids=["object", "inside", "function", "subclass", "masked", "array", "column", "generator", "factory"],
)
def test_what_cannot_come_back_is_refused(value):
    with pytest.raises(ResultTypeError, match="cannot be given back as it is"):
        pack(value)


def test_what_contains_itself_is_refused():
    value = []
    value.append(value)
    with pytest.raises(ResultTypeError, match="contains itself"):
        pack(value)


def test_the_place_is_told():
    with pytest.raises(ResultTypeError, match=r"at \['a'\]\[1\]"):
        pack({"a": [1, Other()]})


def test_odd_packed_data_is_refused():
    for odd in ({"$": "nonsense"}, {"$": "tuple"}, {"$": "date", "text": "x"}):
        with pytest.raises(ResultTypeError, match="cannot be read"):
            unpack(odd)


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.just("$"), inner)
    ),
)


@given(_VALUES)
def test_any_nesting_comes_back(value):
    found = again(value)
    assert found == value
    assert repr(found) == repr(value)
