"""A run watched from a notebook: shown in place, let go by an interrupt, left under the stage's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab import api
from jupyter_agilab.errors import RunFailedError
from jupyter_agilab.magics.panels import show_run
from jupyter_agilab.magics.plainly import Interrupted
from jupyter_agilab.magics.run_words import after, ending, going_on, shown_path
from jupyter_agilab.magics.session import Session
from jupyter_agilab.panel.live import LiveView
from jupyter_agilab.panel.result_view import ResultView
from jupyter_agilab.panel.run_view import RunView
from jupyter_agilab.result import StageResult
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.log_tail import LogTail
from jupyter_agilab.run.watch import RunStatus, RunWatch

if TYPE_CHECKING:
    from jupyter_agilab.panel.view import View
    from jupyter_agilab.panel.widgets.stage_panel import StagePanel

_SHOWN_LINES = 8


def watch_run(session: Session, watch: RunWatch, note: str = "") -> StageResult:
    """Show a run until it ends, then its result; leaves the result under the stage's name.

    Parameters
    ----------
    note
        One more sentence for the reader, shown while the run goes on.

    Raises
    ------
    RunFailedError
        The run ended without its artifact; the display has the tracebacks, the message the first causes.
    Interrupted
        The reader pressed Stop; the run goes on.
    """
    place = shown_path(watch.status.run_dir)
    tail = LogTail(RunDirectory(Path(watch.status.run_dir)), _SHOWN_LINES)
    first = RunView(watch.refresh(), place, " ".join(filter(None, [after(watch.status), note])))
    panel = show_run(session, watch, first, waits=True)
    live = LiveView(session.shell) if panel is None else PanelShows(panel)

    def show(status: RunStatus) -> None:
        said = [after(status), "" if status.state == "finished" else note]
        live.show(RunView(status, place, " ".join(filter(None, said)), tail.poll()), status)

    try:
        status = watch.wait(show)
    except KeyboardInterrupt:
        said = going_on(watch.status)
        live.close(RunView(watch.status, place, said, tail.poll()))
        if panel is not None:
            panel.is_waited_for = False
        raise Interrupted(said) from None
    live.close()
    if status.state != "finished":
        raise RunFailedError(ending(status), hint=after(status))
    return leave_result(session, api.result_of_status(status))


class PanelShows:
    """Takes the place of a `LiveView` where the panel shows the run: only the last state is shown by us."""

    def __init__(self, panel: StagePanel) -> None:
        self._panel = panel
        self._last: View | None = None

    def show(self, view: View, status: RunStatus) -> None:
        """Keep a state, in case that it is the last one."""
        self._last = view

    def close(self, view: View | None = None) -> None:
        """Leave the last state for good, or `view` in its place."""
        last = view or self._last
        if last is not None:
            self._panel.run_twin.show(last)


def leave_result(session: Session, result: StageResult) -> StageResult:
    """Put a result under its stage's name and show it."""
    session.leave(result.stage, result)
    session.display(ResultView(result, shown_path(result.path)))
    return result
