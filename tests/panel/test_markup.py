"""HTML that is safe by construction."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.markup import Markup, bar, details, element, escaped, facts, joined, prose, table

any_text = st.text()


class Seen(HTMLParser):
    """Collects start tags, attribute values and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(any_text)
def test_text_stays_text(text: str) -> None:
    seen = Seen(element("p", text))
    assert seen.tags == ["p"]
    assert "".join(seen.texts) == printable(text, keep="\n\t")


@given(any_text)
def test_attributes_stay_attributes(text: str) -> None:
    seen = Seen(element("p", "x", title=text))
    assert seen.tags == ["p"]
    assert seen.attributes == [("title", printable(text))]


@given(any_text)
def test_prose_loses_nothing_but_paired_backticks(text: str) -> None:
    made = "".join(Seen(f"<p>{prose(text)}</p>").texts)
    shown = printable(text, keep="\n\t")
    assert made == (shown.replace("`", "") if text.count("`") % 2 == 0 else shown)


@given(st.lists(st.lists(any_text, min_size=2, max_size=2), max_size=3))
def test_tables_have_the_cells_that_they_were_given(rows: list[list[str]]) -> None:
    made = table("About", ["a", "b"], rows, row_heads=True)
    seen = Seen(made)
    assert seen.tags.count("tr") == len(rows) + 1
    assert seen.attributes.count(("scope", "col")) == 2
    assert seen.attributes.count(("scope", "row")) == len(rows)
    assert "caption" in seen.tags


def test_markup_is_put_in_as_it_is_and_only_once_escaped() -> None:
    assert element("p", element("b", "a & b"), " < c") == "<p><b>a &amp; b</b> &lt; c</p>"
    assert joined(["<", Markup("<br>"), None], ", ") == "&lt;, <br>"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (element("p", None, class_=None, hidden=False), "<p></p>"),
        (element("details", open=True), "<details open></details>"),
        (element("br"), "<br>"),
        (element("p", aria_label="x"), '<p aria-label="x"></p>'),
        (facts([("a", None), ("b", "")]), ""),
        (details("s", "c"), "<details><summary>s</summary>c</details>"),
        (escaped("\x1b[31m"), "\\x1b[31m"),
    ],
)
def test_small_forms(made: Markup, expected: str) -> None:
    assert made == expected


@pytest.mark.parametrize(
    ("part", "whole", "width"), [(1, 2, "50.0%"), (0, 0, "0.0%"), (5, 2, "100.0%"), (-1, 2, "0.0%")]
)
def test_a_bar_stays_inside_and_says_what_it_shows(part: float, whole: float, width: str) -> None:
    made = bar(part, whole, "half of it")
    assert f"width:{width}" in made
    assert 'aria-label="half of it"' in made
    assert unescape(made).count("<div") == 1
