"""A workflow's run on stderr: one line that is written over, or lines of their own as stages go on."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jupyter_agilab.cli.progress import StatusLine
from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD
from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.figures import duration
from jupyter_agilab.panel.workflow.text import workflow_line, workflow_text
from jupyter_agilab.panel.workflow.words import (
    counts_words,
    has_ended,
    partitions_of,
    seconds_words,
    state_of,
)

if TYPE_CHECKING:
    from jupyter_agilab.panel.workflow.lines import WorkflowLines
    from jupyter_agilab.workflow.running.status import WorkflowStatus
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

_UNTOLD = frozenset({"off", "waiting", "planned"})


def follow(
    watch: WorkflowWatch,
    path: str,
    terminal: Terminal,
    *,
    quiet: bool,
    stops: bool,
    lines: WorkflowLines | None = None,
) -> int:
    """Follow a run to its end and tell it; give the exit code.

    Parameters
    ----------
    path
        The workflow, as it was named.
    stops
        Whether Ctrl-C stops the run; else it ends the following only.
    lines
        Lines, and files for tasks, that are written as the run goes on.
    """
    progress = WorkflowProgress(terminal, quiet=quiet)

    def look(status: WorkflowStatus) -> None:
        progress(status)
        if lines is not None:
            lines.poll()

    try:
        if not (quiet or terminal.as_json):
            what = "stops it" if stops else "ends the following, not the run"
            terminal.say(f"run {watch.refresh().to_json()['run_id']} goes on; Ctrl-C {what}")
        told = watch.wait(look).to_json()
    except KeyboardInterrupt:
        progress.close()
        told = watch.refresh().to_json()
        if stops:
            told = _stopped(path, told, terminal)
        if not has_ended(told):
            terminal.answer(told)
            terminal.say(f"the run goes on; end it with: {command_for('stop', path, told)}")
            return FOUND
    finally:
        progress.close()
        if lines is not None:
            lines.close()
    terminal.answer(told)
    terminal.show(workflow_text(told, terminal.width))
    return GOOD if told["state"] == "finished" else FOUND


def command_for(action: str, path: str, told: Mapping[str, Any]) -> str:
    """Give the command for an action on a run, as one can type it here."""
    return f"jupyter agilab workflow {action} {shlex.quote(path)} {told['run_id']}"


def _stopped(path: str, told: dict[str, Any], terminal: Terminal) -> dict[str, Any]:
    """Stop the run that Ctrl-C was pressed in; a second Ctrl-C leaves it to stop alone."""
    from jupyter_agilab import workflows

    terminal.say("stopping: partitions that are done are kept (Ctrl-C again: do not wait)")
    with suppress(KeyboardInterrupt):
        return workflows.stop_workflow(path, told["run_id"]).to_json()
    return told


class WorkflowProgress(StatusLine):
    """Shows each status of a workflow's run, as often as a reader wants to see one.

    Where a line cannot be written over, a stage that begins or ends has a line of its own, and now and then
    the whole does.
    """

    def __init__(self, terminal: Terminal, *, quiet: bool = False) -> None:
        super().__init__(terminal, quiet=quiet)
        self._began = time.monotonic()
        self._states: dict[str, str] = {}
        self._left = TimeLeft()

    def __call__(self, status: WorkflowStatus) -> None:
        """Show a status, or pass it over."""
        if not (self._live or self._plain):
            return
        told = status.to_json()
        now = time.monotonic()
        left = self._left.words(told, now)
        if self._live:
            self._rewrite(workflow_line(told, self._terminal.message_width - 1 - len(left)) + left)
            return
        self._tell_changes(told)
        if not has_ended(told) and self._is_time(now - self._began):
            self._terminal.say(workflow_line(told, self._terminal.message_width - len(left)) + left)

    def _tell_changes(self, told: Mapping[str, Any]) -> None:
        for stage in told["stages"]:
            name, state = str(stage["name"]), str(stage["state"])
            if state == self._states.get(name, ""):
                continue
            self._states[name] = state
            if state not in _UNTOLD:
                counts = ", ".join(filter(None, [counts_words(stage), seconds_words(stage)]))
                self._terminal.say(
                    f"{printable(name)}: {state_of(stage)[0]}{f' ({counts})' if counts else ''}"
                )


class TimeLeft:
    """How long a run may still take: what is left, at the rate of partitions seen so far."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def words(self, told: Mapping[str, Any], now: float) -> str:
        """Say how long it may still take; empty while nothing can be said.

        Partitions of stages that are not planned yet are not counted.
        """
        stages = [stage for stage in told["stages"] if stage["state"] != "off"]
        counts = [partitions_of(stage) for stage in stages]
        done = sum(int(stage["finished"]) + int(stage["failed"]) + int(stage["skipped"]) for stage in stages)
        taken_over = sum(int(stage["reused"]) for stage in stages)
        if self._first is None:
            self._first = (now, done)
        began, before = self._first
        left = sum(count for count in counts if count is not None) - done - taken_over
        if has_ended(told) or done <= before or now <= began or left <= 0:
            return ""
        more = " and more" if None in counts else ""
        return f"  about {duration(left * (now - began) / (done - before))}{more} left"
