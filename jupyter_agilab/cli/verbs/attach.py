"""``jupyter agilab attach RUN``."""

from __future__ import annotations

import argparse

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, Verb

RUN_HELP = "a run's id or the start of it, its directory, or its stage's name (the newest run)"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.cli.ending import command_for, tell_end
    from jupyter_agilab.cli.progress import Progress

    watch = api.attach(args.run)
    progress = Progress(terminal, quiet=args.quiet)
    try:
        if not (args.quiet or terminal.as_json or watch.refresh().ended):
            terminal.say(f"following run {watch.status.run_id}; Ctrl-C ends the following, not the run")
        status = watch.wait(progress)
    except KeyboardInterrupt:
        progress.close()
        status = watch.refresh()
        terminal.answer(status.to_json())
        terminal.say(f"the run goes on; end it with: {command_for('stop', status)}")
        return FOUND
    finally:
        progress.close()
    return tell_end(status, terminal)


VERB = Verb(
    name="attach",
    summary="follow a run to its end",
    description="Follow a run until it has ended. Ctrl-C ends the following, not the run.",
    add_arguments=_add_arguments,
    execute=_execute,
)
