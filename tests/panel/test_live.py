"""A display that follows a run."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_agilab.panel import live as live_module
from jupyter_agilab.panel.live import LiveView
from jupyter_agilab.panel.run_view import RunView
from jupyter_agilab.run.watch import RunStatus


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(live_module.time, "monotonic", found.monotonic)
    return found


def status(done: int, state: Any = "running") -> RunStatus:
    return RunStatus(run_id="r", stage="clean", run_dir="d", state=state, partitions=10, finished=done)


def show(live: LiveView, found: RunStatus) -> None:
    live.show(RunView(found), found)


def test_a_terminal_line_is_written_over_and_the_end_is_told_in_full(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    live = LiveView(SimpleNamespace())
    for done in range(10):
        show(live, status(done))
        clock.now += 0.1
    live.close()
    lines = out.getvalue().split("\r\x1b[K")
    assert "\n" not in next(line for line in lines if " of 10 partitions" in line)
    # 1 s of updates, at most one every 0.25 s
    assert sum(" of 10 partitions" in line for line in lines[:-1]) <= 5
    assert "9 of 10 have a result" in lines[-1]


def test_what_is_no_terminal_gets_the_end_only(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveView(SimpleNamespace())
    show(live, status(1))
    assert capsys.readouterr().out == ""
    show(live, status(10, "finished"))
    live.close()
    printed = capsys.readouterr().out
    assert "has finished" in printed
    assert "\r" not in printed


def test_a_notebook_gets_one_display_and_updates_of_it(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, str]] = []

    class Handle:
        def update(self, view: RunView) -> None:
            shown.append(("update", view.status.state))

    def display(view: RunView, display_id: bool) -> Handle:
        assert display_id
        shown.append(("display", view.status.state))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    live = LiveView(SimpleNamespace(kernel=object()))
    for done in range(8):
        show(live, status(done))
        clock.now += 0.125
    show(live, status(10, "finished"))
    live.close()
    assert shown[0] == ("display", "running")
    assert shown[-1] == ("update", "finished")
    assert len([kind for kind, state in shown if state == "running"]) == 4


def test_nothing_shown_nothing_closed(capsys: pytest.CaptureFixture[str]) -> None:
    LiveView(SimpleNamespace()).close()
    assert capsys.readouterr().out == ""
