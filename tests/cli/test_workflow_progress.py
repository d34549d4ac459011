"""A workflow's run on stderr: what a person who waits sees of its stages, and how long it may still take."""

from __future__ import annotations

import io
import sys

import pytest

from jupyter_agilab.cli import progress as progress_module
from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.workflow_progress import TimeLeft, WorkflowProgress
from jupyter_agilab.workflow.running.status import StageStatus, WorkflowStatus


class Tty(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that stands still; its only item is the time."""
    now = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    return now


def status(state="running", **stages):
    """Give a status; stages as ``name=(state, partitions, finished)``."""
    made = [
        StageStatus(name=name, contract=f"{name}.toml", state=how, partitions=count, finished=done)
        for name, (how, count, done) in stages.items()
    ]
    return WorkflowStatus(name="w", run_id="r", run_dir="/r", state=state, stages=made)


def test_a_live_line_is_written_over(monkeypatch, clock):
    monkeypatch.setattr(sys, "stderr", Tty())
    monkeypatch.setenv("COLUMNS", "60")
    shown = WorkflowProgress(Terminal())
    shown(status(a=("running", 10, 0), b=("waiting", None, 0)))
    clock[0] += 5
    shown(status(a=("running", 10, 5), b=("waiting", None, 0)))
    shown.close()
    shown.close()
    first, second = sys.stderr.getvalue().split("\r")[1:]
    assert "a 0/10" in first
    assert "a 5/10" in second
    assert "about 5.0 s and more left" in second
    assert second.endswith("\n")
    assert len(first) < 60
    assert len(second.rstrip("\n")) < 60


def test_stages_have_lines_of_their_own_where_nothing_can_be_written_over(monkeypatch, clock):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    shown = WorkflowProgress(Terminal())
    for second in range(12):
        clock[0] = 100.0 + second
        shown(status(a=("running", 10, 0), b=("waiting", None, 0), c=("off", None, 0)))
    shown(status(a=("finished", 10, 10), b=("running", 5, 0), c=("off", None, 0)))
    shown(status("finished", a=("finished", 10, 10), b=("finished", 5, 5), c=("off", None, 0)))
    lines = sys.stderr.getvalue().splitlines()
    whole = [line for line in lines if line.startswith("w ")]
    # after five seconds, and again after ten
    assert len(whole) == 2
    told = [line.partition(" (")[0] for line in lines if line not in whole]
    assert told == ["a: running", "a: finished", "b: running", "b: finished"]


@pytest.mark.parametrize("options", [{"quiet": True}, {"as_json": True}])
def test_nothing_is_said_where_nothing_is_wanted(monkeypatch, clock, options):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    shown = WorkflowProgress(
        Terminal(as_json=options.get("as_json", False)), quiet=options.get("quiet", False)
    )
    clock[0] += 1000
    shown(status(a=("running", 10, 3)))
    shown.close()
    assert sys.stderr.getvalue() == ""


def test_what_is_left_is_taken_at_the_rate_that_was_seen():
    left = TimeLeft()
    # what was done before the first look says nothing about the rate
    assert left.words(status(a=("running", 100, 40)).to_json(), 10.0) == ""
    assert left.words(status(a=("running", 100, 40)).to_json(), 20.0) == ""
    assert left.words(status(a=("running", 100, 50)).to_json(), 30.0) == "  about 1 min 40 s left"
    more = status(a=("running", 100, 50), b=("waiting", None, 0), c=("off", None, 0))
    assert left.words(more.to_json(), 30.0) == "  about 1 min 40 s and more left"
    assert left.words(status("finished", a=("finished", 100, 100)).to_json(), 40.0) == ""


def test_what_was_taken_over_and_what_failed_is_not_left():
    left = TimeLeft()
    before, after = status(a=("running", 100, 0)), status(a=("running", 100, 10))
    for each in (before, after):
        each.stages[0].reused = 60
    after.stages[0].failed = after.stages[0].skipped = 5
    assert left.words(before.to_json(), 0.0) == ""
    assert left.words(after.to_json(), 20.0) == "  about 20 s left"
