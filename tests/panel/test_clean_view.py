"""A clean-up as text and as a card: what goes, what stays and why, and harmless whatever the names."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_agilab.panel.clean_text import SHOWN_RUNS, clean_text
from jupyter_agilab.panel.clean_view import CleanView
from jupyter_agilab.panel.columns import columns_of
from jupyter_agilab.run.clean import Cleaning, KeptRun
from jupyter_agilab.run.history import RunSummary
from jupyter_agilab.run.leftovers import Leftover

HOSTILE = "<script>alert(1)</script>\x1b[31m\"'"


def summary(number: int, stage: str = "clean") -> RunSummary:
    return RunSummary(
        run_id=f"20260801-120000-{number:04x}",
        stage=stage,
        run_dir=f"/c/.agilab/runs/{stage}/20260801-120000-{number:04x}",
        state="finished",
        submitted=1.0,
        seconds=2.0,
        partitions=4,
        finished=4,
        reused=0,
        failed=0,
        artifact=None,
        size_bytes=1_000_000,
        message="",
        age_s=90_000.0,
    )


def cleaning(name: str = "clean", count: int = 2) -> Cleaning:
    return Cleaning(
        folder=Path("/c"),
        runs=tuple(summary(number, name) for number in range(count)),
        leftovers=(
            Leftover(Path("/c/.agilab/runs/clean/.trash-1"), "removed run"),
            Leftover(Path("/c/x.part"), "half-written file"),
            Leftover(Path("/c/y.part"), "half-written file"),
        ),
        kept=(KeptRun(summary(99, name), "newest", f"it is the newest {name}", "--all removes it too"),),
        freed_bytes=2_500_000,
    )


def test_what_would_go_is_listed_and_counted() -> None:
    lines = clean_text(cleaning()).split("\n")
    assert lines[0].startswith("stage  run")
    assert lines[1].startswith("clean  20260801-120000-0000  finished  1 d 1 h")
    assert "left behind: 1 removed run, 2 half-written files" in lines
    assert "stays: clean 20260801-120000-0063: it is the newest clean" in lines
    assert "    hint: --all removes it too" in lines
    assert lines[-1] == "2 runs and 3 things left behind would go: 2.5 MB to free"


def test_what_went_is_told_with_what_could_not() -> None:
    done = replace(cleaning(), done=True, problems=("/c/x.part cannot be removed: Permission denied",))
    text = clean_text(done)
    assert text.endswith("removed 2 runs and 3 things left behind: 2.5 MB freed")
    assert "problem: /c/x.part cannot be removed: Permission denied" in text


def test_nothing_is_told_as_nothing() -> None:
    nothing = Cleaning(folder=Path("/c"), runs=(), leftovers=(), kept=(), freed_bytes=0)
    assert clean_text(nothing) == "there is nothing to remove"
    assert clean_text(replace(nothing, done=True)) == "nothing was removed"
    assert "there is nothing to remove" in CleanView(nothing).html()


def test_many_runs_are_counted() -> None:
    text = clean_text(cleaning(count=SHOWN_RUNS + 30))
    assert "... and 30 older runs" in text
    assert len(text.split("\n")) < SHOWN_RUNS + 15
    assert "… and 30 older runs" in CleanView(cleaning(count=SHOWN_RUNS + 30)).html()


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_line_is_wider_than_it_may_be(width: int) -> None:
    for name in ("clean", HOSTILE, "名" * 50):
        for line in clean_text(cleaning(name), width).split("\n"):
            assert columns_of(line) <= width


def test_names_never_become_markup() -> None:
    view = CleanView(cleaning(HOSTILE), "Nothing was removed.")
    html = str(view.html())
    assert "<script>" not in html
    assert "\x1b" not in html + view.text()
    assert "Nothing was removed." in html
    assert re.findall(r"<th(?! scope)", html.replace("<thead", "")) == []
    assert set(view._repr_mimebundle_()) == {"text/plain", "text/html"}
