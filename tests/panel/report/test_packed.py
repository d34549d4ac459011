"""Numbers for the script come out as they went in, and text in the data block stays text."""

from __future__ import annotations

import base64
import json
import re
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.panel.report.packed import data_block, integers, numbers

CODES = {"u8": "B", "u16": "H", "u32": "I", "f32": "f"}
NONE = {"u8": 0xFF, "u16": 0xFFFF, "u32": 0xFFFF_FFFF}


def unpacked(packed: list[str]) -> list[float]:
    kind, text = packed
    values = array(CODES[kind])
    values.frombytes(base64.b64decode(text))
    return [-1 if value == NONE.get(kind) else value for value in values]


@given(st.lists(st.integers(-1, 2**32 - 2)))
def test_integers_come_back(values: list[int]) -> None:
    assert unpacked(integers(values)) == values


@pytest.mark.parametrize(
    ("most", "kind"), [(0, "u8"), (254, "u8"), (255, "u16"), (65_535, "u32"), (2**32 - 1, "f32")]
)
def test_integers_take_no_more_room_than_they_need(most: int, kind: str) -> None:
    assert integers([0, most])[0] == kind


@given(st.lists(st.floats(1e-6, 1e9)))
def test_numbers_keep_six_digits(values: list[float]) -> None:
    assert unpacked(numbers(values)) == pytest.approx(values, rel=1e-6)


def test_what_is_no_number_becomes_nothing() -> None:
    assert unpacked(numbers([float("nan"), float("inf"), 1.0])) == [0.0, 0.0, 1.0]


@given(st.dictionaries(st.text(), st.text(), max_size=3))
def test_no_text_ends_the_data_block(value: dict[str, str]) -> None:
    block = data_block("x", {**value, "more": "</script><!--<script>&"})
    start, rest = block.split(">", 1)
    text = rest.removesuffix("</script>")
    assert start == '<script type="application/json" id="x"'
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == {**value, "more": "</script><!--<script>&"}
