"""What a notebook says of a run: where it is, how it ended, what to do next."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.panel.figures import counted
from jupyter_agilab.run.causes import SHOWN_CAUSES, message_of, rest_of, title_of
from jupyter_agilab.run.watch import RunStatus

_LINE_CHARACTERS = 200


def shown_path(path: str | Path) -> str:
    """Give a path as a reader in this folder would write it."""
    path = Path(path)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


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
