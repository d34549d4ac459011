"""Values as TOML text: what is written reads back as it was."""

from __future__ import annotations

import datetime
import math
import tomllib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.edit import same
from jupyter_agilab.contract.render import WIDTH, NotToml, render_key, render_value


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_what_is_written_reads_back(data, toml_values):
    value = data.draw(toml_values)
    for indent_at in (None, 0, 90):
        text = render_value(value, indent_at=indent_at)
        assert same(tomllib.loads(f"x = {text}")["x"], value)


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_one_line(text):
    written = render_value(text)
    assert tomllib.loads(f"x = {written}")["x"] == text
    assert "\n" not in written


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=5), min_size=1, max_size=4))
def test_any_names_make_a_key(names):
    value = tomllib.loads(f"{render_key(names)} = 1")
    for name in names:
        value = value[name]
    assert value == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (3, "3"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        ('a\tb\x7f"é😀', '"a\\tb\\u007f\\"é😀"'),
        (["a", 1], '["a", 1]'),
        (("a", "b"), '["a", "b"]'),
        ([], "[]"),
        ({}, "{}"),
        ({"a b": {"c": 1}}, '{ "a b" = { c = 1 } }'),
        (datetime.date(2013, 1, 31), "2013-01-31"),
    ],
)
def test_how_values_look(value, text):
    assert render_value(value) == text


def test_a_long_array_has_a_line_per_value():
    names = [f"column_{n}" for n in range(20)]
    text = render_value(names, indent_at=10)
    assert text.splitlines()[:2] == ["[", '  "column_0",']
    assert max(map(len, text.splitlines())) < WIDTH


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, "NoneType"),
        ([1, None], "NoneType"),
        ({"a": {1, 2}}, "set"),
        (Decimal("1.5"), "Decimal"),
        (b"x", "bytes"),
        (2**63, "64 bits"),
        (10**5000, "64 bits"),
        ("\ud800", "surrogate"),
        ({1: 2}, "key of type int"),
        (datetime.time(1, 2, tzinfo=datetime.UTC), "time zone"),
        (
            datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=30))),
            "whole minutes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "",
)
def test_what_toml_cannot_hold(value, what):
    with pytest.raises(NotToml, match=what):
        render_value(value)
