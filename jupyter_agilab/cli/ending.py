"""How a run ended, for people and as JSON."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from jupyter_agilab import api
from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD
from jupyter_agilab.panel.columns import wrapped
from jupyter_agilab.panel.text import failures_text, result_text, status_line
from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.watch import RunStatus


def tell_end(status: RunStatus, terminal: Terminal) -> int:
    """Tell how a run ended; give the exit code."""
    terminal.answer(status.to_json())
    if status.state == "finished":
        terminal.show(result_text(api.result_of_status(status), terminal.width))
        return GOOD
    width = terminal.message_width
    terminal.say(status_line(status, width))
    if status.failures:
        terminal.say("\n" + failures_text(status) + "\n")
    if status.message:
        terminal.say("\n".join(wrapped(status.message, width)))
    if status.failed:
        terminal.say(f"all failures: {_shown(RunDirectory(Path(status.run_dir)).events)}")
    logs = RunDirectory(Path(status.run_dir)).logs
    if logs.is_dir():
        terminal.say(f"what partitions printed: {_shown(logs)}")
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
