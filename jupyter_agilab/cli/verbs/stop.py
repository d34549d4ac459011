"""``jupyter agilab stop RUN``."""

from __future__ import annotations

import argparse

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb
from jupyter_agilab.cli.verbs.attach import RUN_HELP


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.cli.ending import command_for
    from jupyter_agilab.panel.run_text import status_line

    before = api.attach(args.run).refresh()
    status = before if before.ended else api.stop(before.run_dir)
    terminal.answer(status.to_json())
    terminal.show(status_line(status, terminal.width))
    if before.ended:
        terminal.say(f"run {status.run_id} had ended before")
    elif not status.ended:
        terminal.say(
            f"the run has been asked to stop and still works on it; see: {command_for('attach', status)}"
        )
    return GOOD if status.ended else FOUND


VERB = Verb(
    name="stop",
    summary="end a run; what is finished is kept",
    description="End a run and wait until it has ended. Finished partitions are kept: a later run goes on.",
    add_arguments=_add_arguments,
    execute=_execute,
)
