"""Constants come back as they were, from Python text and from TOML."""

from __future__ import annotations

import datetime
import math
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st

from jupyter_agilab.extract.constants import is_constant, python_text, toml_constant
from jupyter_agilab.extract.imports import ImportTable

ODD_ZONE = datetime.datetime(1900, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=1172)))
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=20)
zones = st.none() | st.just(datetime.UTC) | st.just(datetime.timezone(datetime.timedelta(hours=2)))
datetimes = st.datetimes(timezones=zones).map(lambda d: d.replace(fold=0))
times = st.dates() | datetimes | st.times().map(lambda t: t.replace(fold=0))
toml_values = st.recursive(
    scalars | times,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
others = (
    st.none()
    | st.binary(max_size=10)
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False).map(Decimal)
    | st.fractions()
    | st.timedeltas()
    | st.sets(st.integers() | st.text(max_size=3), max_size=4)
    | st.frozensets(st.integers(), max_size=4)
)
python_values = st.recursive(
    scalars | times | others,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.tuples(inner),
    max_leaves=8,
)


def evaluated(value: Any) -> Any:
    imports = ImportTable()
    text = python_text(value, imports)
    namespace: dict[str, Any] = {}
    exec("\n".join(imports.render()), namespace)
    return eval(text, namespace)


@example(-0j)
@example(complex(0.0, -0.0))
@given(python_values)
def test_python_text_gives_the_value_again(value: Any) -> None:
    found = evaluated(value)
    assert found == value
    assert type(found) is type(value)
    assert python_text(found, ImportTable()) == python_text(value, ImportTable())


@given(toml_values)
def test_toml_gives_the_value_again(value: Any) -> None:
    known = toml_constant(value, ImportTable())
    assert known is not None
    assert not known.restore
    found = tomlkit.loads(tomlkit.dumps({"x": known.value})).unwrap()["x"]
    assert found == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("inf"), 'float("inf")'),
        (
            re.compile(r"\d+", re.IGNORECASE | re.MULTILINE),
            r're.compile(r"\d+", re.IGNORECASE | re.MULTILINE)',
        ),
        (re.compile(b"a"), "re.compile(b'a')"),
        (Path("a/b"), 'Path("a/b")'),
        (range(1, 9, 2), "range(1, 9, 2)"),
        (slice(None, 3), "slice(None, 3, None)"),
        (set(), "set()"),
        ({"b", "a"}, '{"a", "b"}'),
        ((1,), "(1,)"),
        (np.float64(0.5), "0.5"),
        (pd.Timestamp("2013-01-01"), 'pd.Timestamp("2013-01-01T00:00:00")'),
        ('say "hi"', "'say \"hi\"'"),
        (datetime.timedelta(days=1), "timedelta(days=1)"),
        (Fraction(1, 3), "Fraction(1, 3)"),
    ],
)
def test_text_of_what_toml_cannot_hold(value: Any, text: str) -> None:
    assert python_text(value, ImportTable()) == text
    assert evaluated(value) == value


def test_nan() -> None:
    assert math.isnan(evaluated(float("nan")))


@pytest.mark.parametrize(
    ("value", "annotation", "restore"),
    [
        (True, "bool", ""),
        (3, "int", ""),
        ([1, 2.5], "list[float]", ""),
        ([[1], [2]], "list[list[int]]", ""),
        (["a", 1], "list", ""),
        ({"a": 1}, "dict[str, int]", ""),
        ((1, 2), "Sequence[int]", "tuple"),
        (Path("a"), "Path", "Path"),
        (datetime.date(2013, 1, 1), "date", ""),
    ],
)
def test_annotations(value: Any, annotation: str, restore: str) -> None:
    known = toml_constant(value, ImportTable())
    assert known is not None
    assert (known.annotation, known.restore) == (annotation, restore)


@pytest.mark.parametrize(
    "value", [None, {1: 2}, {3}, b"a", 2**64, ((1,), 2), Decimal(1), [None], [(1, 2)], ODD_ZONE]
)
def test_what_toml_cannot_hold(value: Any) -> None:
    assert toml_constant(value, ImportTable()) is None


class Sneaky(str):
    pass


@pytest.mark.parametrize(
    "value",
    [
        list(range(101)),
        "x" * 2001,
        object(),
        Sneaky("a"),
        [Sneaky("a")],
        {"a": object()},
        np.zeros(2),
        pd.DataFrame(),
        1 << 5000,
        slice(object()),
    ],
)
def test_what_is_no_constant(value: Any) -> None:
    assert not is_constant(value)
