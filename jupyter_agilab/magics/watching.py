"""A run watched from a notebook: shown in place, let go by an interrupt, left under the stage's name."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab import api
from jupyter_agilab.errors import RunFailedError
from jupyter_agilab.magics.plainly import Interrupted
from jupyter_agilab.magics.session import Session
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.live import LiveView
from jupyter_agilab.panel.result_view import ResultView
from jupyter_agilab.panel.run_view import RunView
from jupyter_agilab.result import StageResult
from jupyter_agilab.run.watch import RunStatus, RunWatch

_LINE_CHARACTERS = 200


def shown_path(path: str | Path) -> str:
    """Give a path as a reader in this folder would write it."""
    path = Path(path)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


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
    live = LiveView(session.shell)
    place = shown_path(watch.status.run_dir)

    def show(status: RunStatus) -> None:
        said = [after(status), "" if status.state == "finished" else note]
        live.show(RunView(status, place, " ".join(filter(None, said))), status)

    try:
        status = watch.wait(show)
    except KeyboardInterrupt:
        said = going_on(watch.status)
        live.close(RunView(watch.status, place, said))
        raise Interrupted(said) from None
    live.close()
    if status.state != "finished":
        raise RunFailedError(ending(status), hint=after(status))
    return leave_result(session, api.result_of_status(status))


def leave_result(session: Session, result: StageResult) -> StageResult:
    """Put a result under its stage's name and show it."""
    session.leave(result.stage, result)
    session.display(ResultView(result, shown_path(result.path)))
    return result


def going_on(status: RunStatus) -> str:
    """Say that a run goes on without the notebook, and what can be done about it."""
    return (
        f"The run of {status.stage} goes on without this cell ({status.run_id}). "
        f"Watch it again with %parallel_attach {status.stage}, end it with %parallel_stop {status.stage}."
    )


def after(status: RunStatus) -> str:
    """Say what to do once a run has ended without its artifact; empty for others."""
    if not status.ended or status.state == "finished":
        return ""
    if status.failed:
        return "Correct the function or its input and run again: finished partitions are not run twice."
    return "Run again to go on: finished partitions are not run twice."


def ending(status: RunStatus) -> str:
    """Say in a few lines how a run ended: state, counts, the first causes without their tracebacks."""
    state = {"failed": "failed", "stopped": "was stopped", "interrupted": "was interrupted"}.get(
        status.state, status.state
    )
    lines = [
        f"the run of {status.stage} {state}; "
        f"{status.done:,} of {counted(status.partitions, 'partition')} have a result"
    ]
    if status.message:
        lines.append(f"    {status.message}")
    for failure in status.failures:
        cause = f"{failure['error_type']}: {failure['message']}".partition("\n")[0]
        line = f", line {failure['cell_line']} of the cell" if failure.get("cell_line") else ""
        lines.append(_clipped(f"    partition {failure['index']:,} ({failure['described']}){line}: {cause}"))
    more = status.failed - len(status.failures)
    if more > 0:
        lines.append(f"    ... and {counted(more, 'more failed partition')}")
    return "\n".join(lines)


def _clipped(text: str) -> str:
    return text if len(text) <= _LINE_CHARACTERS else text[: _LINE_CHARACTERS - 1] + "…"
