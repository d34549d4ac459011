"""How a run ended, for people and as JSON."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from jupyter_agilab import api
from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD
from jupyter_agilab.errors import RunFailedError
from jupyter_agilab.panel.columns import wrapped
from jupyter_agilab.panel.failures_text import failures_text
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.run_text import status_line
from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.watch import RunStatus


def tell_end(status: RunStatus, terminal: Terminal) -> int:
    """Tell how a run ended; give the exit code."""
    terminal.answer(status.to_json())
    if status.state == "finished":
        try:
            result = api.result_of_status(status)
        except RunFailedError as error:
            # it finished once; its artifact or its manifest is gone or damaged since
            terminal.say("\n".join(wrapped(str(error), terminal.message_width)))
            return FOUND
        if not terminal.as_json:
            from jupyter_agilab.panel.text import result_text

            terminal.show(result_text(result, terminal.width))
        return GOOD
    width = terminal.message_width
    terminal.say(status_line(status, width))
    if status.causes:
        terminal.say("\n" + failures_text(status, width) + "\n")
    if status.message:
        terminal.say("\n".join(wrapped(status.message, width)))
    if status.state == "partial" and status.artifact:
        lacking = counted(status.missing, "partition")
        terminal.say(f"merged without {lacking}: {_shown(Path(status.artifact))}")
    if status.failed:
        terminal.say(f"all failures: {_shown(RunDirectory(Path(status.run_dir)).events)}")
    if RunDirectory(Path(status.run_dir)).logs.is_dir():
        terminal.say(f"what partitions printed: {command_for('logs', status)}")
    if status.causes:
        index = status.causes[0].example["index"]
        terminal.say(f"run one of them again to look at it: {command_for('replay', status)} {index}")
    wrong = "correct the function or its input, then go on" if status.failed else "go on"
    terminal.say(f"{wrong} with: {_run_again(status)}\nfinished partitions are kept and not run twice")
    return FOUND


def command_for(verb: str, status: RunStatus) -> str:
    """Give the command for a verb that takes a run, as one can type it here."""
    run = Path(status.run_dir)
    here = run.parents[3] == Path.cwd().resolve() and run.parents[2].name == HOME
    return f"jupyter agilab {verb} {shlex.quote(status.run_id if here else _shown(run))}"


def _run_again(status: RunStatus) -> str:
    manifest = read_manifest(RunDirectory(Path(status.run_dir))) or {}
    path = Path(str((manifest.get("contract") or {}).get("path") or status.stage))
    return f"jupyter agilab run {shlex.quote(_shown(path))}"


def _shown(path: Path) -> str:
    """Give a path as one would type it here: relative where it lies below the current folder."""
    try:
        return os.fspath(path.relative_to(Path.cwd().resolve()))
    except ValueError:
        return os.fspath(path)
