"""Values are compared part by part; the first difference is told with its place."""

import numpy as np
import pandas as pd
import pytest

from jupyter_agilab.exact import pack
from jupyter_agilab.migrate.verify.compare import compare_files, compare_names, differences

FRAME = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
EQUAL = {
    "nan": (float("nan"), float("nan")),
    "frames": (FRAME, FRAME.copy()),
    "arrays with nan": (np.array([1, np.nan]), np.array([1, np.nan])),
    "nested": ({"a": [(1, {2})]}, {"a": [(1, {2})]}),
}
DIFFERENT = {
    "number": (1, 2, "it is 1 in the loop and 2 in the stage"),
    "type": (1, 1.0, "it is 1"),
    "text": ("a", "b", "it is 'a'"),
    "length": ([1], [1, 2], "1 parts in the loop and 2 in the stage"),
    "place": ({"a": [1, 2]}, {"a": [1, 3]}, "['a'][1]"),
    "key": ({"a": 1}, {"b": 1}, "the key 'a' in one"),
    "order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "another order"),
    "tuple and list": ((1,), [1], "in the loop"),
    "array": (np.array([1.0, 2.0]), np.array([1.0, 2.5]), "differs in 1 places, first at [1]"),
    "dtype": (np.array([1]), np.array([1.0]), "int64[1] in the loop, float64[1]"),
    "numpy's number": (np.float64(1), 1.0, "in the loop"),
    "frame": (FRAME, FRAME.assign(a=[1.0, 3.0]), "first at [1]"),
    "index": (FRAME, FRAME.set_index([[3, 4]]), "['index']"),
    "nan and number": (float("nan"), 1.0, "nan"),
}


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
def test_equal(one, other):
    assert list(differences(pack(one), pack(other), 0.0)) == []


@pytest.mark.parametrize(("one", "other", "told"), DIFFERENT.values(), ids=DIFFERENT)
def test_different(one, other, told):
    found = list(differences(pack(one), pack(other), 0.0))
    assert told in found[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, 1.0 + 1e-9),
        ([1.0], [1.0 + 1e-9]),
        (np.array([1.0]), np.array([1.0 + 1e-9])),
        (FRAME, FRAME.assign(a=[1.0, 2 + 1e-9])),
    ],
)
def test_tolerance(one, other):
    assert list(differences(pack(one), pack(other), 1e-6)) == []
    assert list(differences(pack(one), pack(other), 1e-12)) != []


def test_names():
    expected = {"a": {"packed": 1}, "b": {"missing": True}, "c": {"text": "x", "why": ""}, "d": {"packed": 1}}
    found = {**expected, "d": {"missing": True}}
    told = list(compare_names(("a", "b", "c", "d"), expected, found, 0.0))
    assert [each.is_equal for each in told] == [True, True, True, False]
    assert "one of the two only" in told[3].difference


def test_files(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, number in ((old, "1.5"), (new, "1.5000001")):
        folder.mkdir()
        (folder / "same").write_text("x")
        (folder / "number.csv").write_text(f"a,b\n1,{number}\n")
    (old / "only").write_text("x")
    names = ("number.csv", "only", "same")
    told = {each.name: each for each in compare_files(names, ("number.csv", "same"), old, new, 0.0)}
    assert told["same"].is_equal
    assert told["only"].difference == "only the loop wrote it"
    assert "differ" in told["number.csv"].difference
    (near, *_) = compare_files(("number.csv",), ("number.csv",), old, new, 1e-6)
    assert near.is_equal
