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
from jupyter_agilab.run.causes import SHOWN_CAUSES, message_of, rest_of, title_of
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.log_tail import LogTail
from jupyter_agilab.run.watch import RunStatus, RunWatch

_LINE_CHARACTERS = 200
_SHOWN_LINES = 8


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
    tail = LogTail(RunDirectory(Path(watch.status.run_dir)), _SHOWN_LINES)

    def show(status: RunStatus) -> None:
        said = [after(status), "" if status.state == "finished" else note]
        live.show(RunView(status, place, " ".join(filter(None, said)), tail.poll()), status)

    try:
        status = watch.wait(show)
    except KeyboardInterrupt:
        said = going_on(watch.status)
        live.close(RunView(watch.status, place, said, tail.poll()))
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
    if status.causes:
        index = status.causes[0].example["index"]
        return (
            "Correct the function or its input and run again: finished partitions are not run twice. "
            f"%parallel_debug {status.stage} {index} runs one of the failed ones here, in the debugger."
        )
    return "Run again to go on: finished partitions are not run twice."


def ending(status: RunStatus) -> str:
    """Say in a few lines how a run ended: state, counts, the first causes without their tracebacks."""
    states = {"partial": "finished in part", "failed": "failed"}
    states |= {"stopped": "was stopped", "interrupted": "was interrupted"}
    state = states.get(status.state, status.state)
    lines = [
        f"the run of {status.stage} {state}; "
        f"{status.done:,} of {counted(status.partitions, 'partition')} have a result"
    ]
    if status.message:
        lines.append(f"    {status.message}")
    if status.state == "partial" and status.artifact:
        lines.append(f"    {shown_path(status.artifact)} lacks {counted(status.missing, 'partition')}")
    for cause in status.causes[:SHOWN_CAUSES]:
        told = f"{cause.error_type}: {message_of(cause.example)}".partition("\n")[0]
        lines.append(_clipped(f"    {title_of(cause)}: {told}"))
    rest = rest_of(status.causes)
    if rest:
        lines.append(f"    {rest}")
    return "\n".join(lines)


def _clipped(text: str) -> str:
    return text if len(text) <= _LINE_CHARACTERS else text[: _LINE_CHARACTERS - 1] + "…"
