"""Whole tables are put where they belong, and leave every other byte alone."""

from __future__ import annotations

import tomllib

import pytest

from jupyter_agilab.contract.edit import put_table

TEXT = "x = 1\n\n[a.one]\ny = 1\n\n# of b\n[b]\nz = 1\n"
LINES = ["[a.two]", "y = 2"]


def test_behind_the_last_of_its_kind_and_above_comments_of_the_next():
    text = put_table(TEXT, LINES, behind=(("a",),))
    assert text == TEXT.replace("# of b", "[a.two]\ny = 2\n\n# of b")


def test_behind_the_first_place_that_is_there():
    assert put_table(TEXT, LINES, behind=(("none",), ("b",))) == f"{TEXT}\n[a.two]\ny = 2\n"


def test_above_the_first_of_others():
    text = put_table(TEXT, LINES, behind=(("none",),), above=(("a",),))
    assert text == TEXT.replace("[a.one]", "[a.two]\ny = 2\n\n[a.one]")


@pytest.mark.parametrize("text", ["", "x = 1", "x = 1\n", "# only a comment", "[c]\n"])
def test_at_the_end_where_there_is_no_such_place(text):
    after = put_table(text, LINES, behind=(("a",),))
    assert after.startswith(text)
    assert after.endswith("[a.two]\ny = 2\n")
    assert tomllib.loads(after) == {**tomllib.loads(text), "a": {"two": {"y": 2}}}


def test_ends_of_lines_stay():
    text = put_table(TEXT.replace("\n", "\r\n"), LINES, behind=(("a",),))
    assert text.replace("\r\n", "\n") == put_table(TEXT, LINES, behind=(("a",),))
    assert "\n" not in text.replace("\r\n", "")
