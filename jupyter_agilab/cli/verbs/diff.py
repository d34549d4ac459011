"""``jupyter agilab diff A B``."""

from __future__ import annotations

import argparse

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import GOOD, Verb


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    told = "a contract, a stage's name, or a run"
    parser.add_argument("before", metavar="A", help=told)
    parser.add_argument("now", metavar="B", help=told)


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.diff_text import diff_text

    difference = api.diff(args.before, args.now)
    terminal.answer(difference.to_json())
    terminal.show(diff_text(difference, terminal.width))
    return GOOD


VERB = Verb(
    name="diff",
    summary="say what differs between two contracts or two runs",
    description=(
        "Say in words what differs between two contracts or runs: settings, code, and what their plans came "
        "to. Runs and imports nothing."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
