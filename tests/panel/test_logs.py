"""Logs for people: what stood in a terminal, who printed it, and nothing that steers a display."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.panel.logs_text import flat_line, log_lines
from jupyter_agilab.panel.logs_view import LogsView
from jupyter_agilab.panel.terminal_text import plain_line
from jupyter_agilab.run.logs import LogLine


def line(index: int | None, text: str, **other: object) -> LogLine:
    fields = {"stream": "stdout", "attempt": 1, "worker": "w-0", "run_id": "now", "time_s": 0.0}
    return LogLine(index=index, text=text, **{**fields, **other})


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("plain", "plain"),
        ("tab\tis kept", "tab\tis kept"),
        ("\x1b[1;31mred\x1b[0m and \x1b[38;5;196mmore\x1b[m", "red and more"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[2K\x1b[1Aup", "up"),
        ("  0%|   |\r 50%|##  |\r100%|####|", "100%|####|"),
        ("100%|####| 3/3\r", "100%|####| 3/3"),
        ("10\b\b20", "20"),
        ("\b\bstart", "start"),
        ("bell\x07 nul\x00", "bell\\x07 nul\\x00"),
        ("\x1b", "\\x1b"),
        ("\u202eturned", "\\u202eturned"),
        ("", ""),
    ],
)
def test_what_stands_in_the_end(printed: str, shown: str) -> None:
    assert plain_line(printed) == shown


@given(st.text())
def test_no_text_keeps_a_character_that_steers(text: str) -> None:
    shown = plain_line(text.replace("\n", ""))
    assert all(char.isprintable() or char == "\t" for char in shown)


def test_lines_of_one_attempt_stand_together() -> None:
    lines = [
        line(3, "a"),
        line(3, "b", stream="stderr"),
        line(3, "again", attempt=2, worker="w-1"),
        line(4, "old", run_id="then"),
        line(None, "whose?"),
    ]
    described = {3: "x=1", 4: "x=\x1b[2J"}
    assert list(log_lines(lines, "now", lambda index: described.get(index or 0, ""))) == [
        "partition 3 (x=1), on w-0:",
        "  a",
        "! b",
        "partition 3 (x=1), attempt 2, on w-1:",
        "  again",
        "partition 4 (x=\\x1b[2J), on w-0, taken over from run then:",
        "  old",
        "no partition, on w-0:",
        "  whose?",
    ]
    assert flat_line(lines[2], "now", lambda _: "") == "partition 3 attempt 2 out: again"


class TestView:
    view = LogsView(
        stage="<stage>",
        run_id="now",
        lines=(line(0, "<b>& \x1b[31mred\x1b[0m"), line(0, "oh </pre><script>", stream="stderr")),
        described={0: "x=<1>"},
        note="A note.",
    )

    def test_html_is_escaped_and_has_no_colour_codes(self) -> None:
        html = str(self.view.html())
        assert "&lt;b&gt;&amp; red" in html
        assert "! oh &lt;/pre&gt;&lt;script&gt;" in html
        assert "<script" not in html
        assert "\x1b" not in html
        assert "x=&lt;1&gt;" in html

    def test_stderr_is_marked_by_more_than_its_colour(self) -> None:
        for text in (self.view.text(), str(self.view.html())):
            assert "! oh" in text
            assert "begin with ! went to stderr" in text

    def test_nothing_to_show_is_said(self) -> None:
        view = LogsView(stage="s", run_id="now", lines=(), described={})
        assert "No line." in str(view.html())
        assert view.text() == "logs of s, run now"
