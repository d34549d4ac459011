"""``jupyter agilab build PATH``."""

from __future__ import annotations

import argparse

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import GOOD, Verb


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="a contract, or a stage's name")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api

    made = api.build(args.path)
    terminal.answer({"path": str(made.path), "digest": made.digest, "was_there": made.was_there})
    terminal.show(str(made.path))
    terminal.say(
        "it was compiled already" if made.was_there else "compiled; runs of this code take it from now on"
    )
    return GOOD


VERB = Verb(
    name="build",
    summary="compile a stage's module with Cython",
    description=(
        "Compile the module of a stage with Cython, for this Python. Runs take it as long as the code is the "
        "same; after an edit they run the source, and say so."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
