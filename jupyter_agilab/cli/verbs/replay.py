"""``jupyter agilab replay RUN [PARTITION]``."""

from __future__ import annotations

import argparse
import sys

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb
from jupyter_agilab.cli.verbs.attach import RUN_HELP
from jupyter_agilab.errors import UsageError


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument(
        "partition",
        metavar="PARTITION",
        nargs="?",
        default="",
        help="its index, or its id or the start of it (the first one that failed)",
    )
    parser.add_argument(
        "--current",
        action="store_true",
        help="run the present code with the present parameters, to see whether a correction helps",
    )
    parser.add_argument(
        "--pdb", action="store_true", help="open the debugger on your line where it fails; needs a terminal"
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.replay_text import replay_text

    if args.pdb and (terminal.as_json or not sys.stdin.isatty()):
        raise UsageError("--pdb needs a terminal to ask in", hint="leave it out to see the traceback")
    report = api.replay(
        args.run, args.partition, current=args.current, debugger=args.pdb, keep_output=terminal.as_json
    )
    terminal.answer(report.to_json())
    terminal.show(replay_text(report, terminal.width, with_traceback=not args.pdb))
    return GOOD if report.ok else FOUND


VERB = Verb(
    name="replay",
    summary="run one partition of a run again, to see what it does",
    description=(
        "Run one partition of a run again in a fresh process, with the code and the arguments that it had in "
        "the run; show what it prints, its result or its traceback. Nothing is written into the run. Ctrl-C "
        "ends it and shows where it was."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
