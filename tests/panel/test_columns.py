"""Layout for a terminal: nothing is wider than it may be, and nothing steers the terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.panel.columns import (
    PLAIN,
    bar,
    clip,
    columns_of,
    named_values,
    pad,
    printable,
    table,
    wrapped,
)

TEXTS = st.text(max_size=60)
LINES = TEXTS.map(printable)


def terminal_columns(text):
    """Count what a terminal would take: an independent, slower way."""
    total = 0
    for char in text:
        if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
            continue
        total += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return total


@given(LINES)
def test_columns_are_those_of_a_terminal(text):
    assert columns_of(text) == terminal_columns(text)


@given(TEXTS)
def test_printable_text_has_no_control_characters(text):
    assert not [char for char in printable(text) if unicodedata.category(char) in {"Cc", "Cs"}]
    kept = printable(text, keep="\n\t")
    assert kept.count("\n") == text.count("\n")


def test_printable_escapes_visibly_and_leaves_the_rest():
    assert printable("a\x1b[31mb\r\nc") == "a\\x1b[31mb\\r\\nc"
    assert printable("données/été 2013.csv") == "données/été 2013.csv"
    assert printable("日本.csv") == "日本.csv"


@given(LINES, st.integers(0, 80), st.sampled_from(["left", "right"]))
def test_a_clipped_line_fits_and_keeps_its_side(text, width, keep):
    cut = clip(text, width, keep=keep)
    assert columns_of(cut) <= width
    if columns_of(text) <= width:
        assert cut == text
    elif keep == "left":
        assert text.startswith(cut[:-1])
    else:
        assert text.endswith(cut[1:])


@given(LINES, st.integers(0, 80))
def test_a_padded_line_is_as_wide_as_asked(text, width):
    for side in ("left", "right"):
        assert columns_of(pad(text, width, side)) == max(width, columns_of(text))
        assert pad(text, width, side).strip(" ") == text.strip(" ")


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.integers(0, 60))
def test_a_bar_is_full_or_empty_only_when_that_is_so(part, whole, width):
    drawn = bar(part, whole, width)
    assert len(drawn) == width
    if width > 1 and 0 < part < whole and part / whole > 0:
        assert "█" in drawn
        assert "░" in drawn


def test_bars():
    assert bar(1, 2, 10) == "█████░░░░░"
    assert bar(0, 0, 4) == "░░░░"
    assert bar(3, 2, 4) == "████"
    assert bar(1, 2, 10).translate(PLAIN) == "#####....."


def test_a_table_is_aligned_and_leaves_empty_columns_out():
    lines = table(
        [("1", "data/a.csv", "", "5 kB"), ("12", "data/long name.csv", "", "12 MB")],
        head=("#", "file", "range", "size"),
        sides="rlrr",
    )
    assert lines == [
        "   #  file                 size",
        "   1  data/a.csv           5 kB",
        "  12  data/long name.csv  12 MB",
    ]


def test_a_table_clips_what_may_be_clipped_first():
    lines = table(
        [("1", "/a/very/long/path/to/file.csv", "5 kB")], sides="rlr", width=28, flexible={1: "right"}
    )
    assert lines == ["  1  …path/to/file.csv  5 kB"]
    assert columns_of(lines[0]) == 28


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5), st.integers(20, 120))
def test_no_line_of_a_table_is_wider_than_asked(rows, width):
    lines = table(rows, head=("a", "b", "c"), sides="rlr", width=width, flexible={1: "right"})
    assert len(lines) == len(rows) + 1
    assert all(columns_of(line) <= width for line in lines)


@given(st.text(max_size=400), st.integers(40, 120))
def test_wrapped_text_fits_and_loses_nothing_but_blanks(text, width):
    lines = wrapped(text, width, indent="  ", hanging="    ")
    assert all(columns_of(line) <= width for line in lines)
    squeezed = "".join(printable(text, keep="\n").split())
    assert "".join("".join(lines).split()) == squeezed


def test_a_path_is_not_broken_at_its_hyphens():
    lines = wrapped("see /data/a-very-long-name/with-hyphens.csv now", 44)
    assert lines == ["see /data/a-very-long-name/with-hyphens.csv", "now"]


@given(st.lists(st.tuples(st.sampled_from(["a", "long name", "x"]), TEXTS)), st.integers(60, 120))
def test_named_values_leave_empty_ones_out(pairs, width):
    lines = named_values(pairs, width)
    assert all(columns_of(line) <= width for line in lines)
    assert len(lines) >= sum(1 for _, value in pairs if value)


@pytest.mark.parametrize("char", list("…█░"))
def test_each_of_our_characters_has_one_plain_stand_in(char):
    plain = char.translate(PLAIN)
    assert plain.isascii()
    assert len(plain) == 1
