"""``jupyter agilab trial PATH``."""

from __future__ import annotations

import argparse

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb, natural


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="a contract, or a stage's name")
    parser.add_argument(
        "--partition",
        metavar="INDEX",
        type=natural,
        default=0,
        help="which partition, as `plan` counts them (0)",
    )
    parser.add_argument(
        "--sizes",
        action="store_true",
        help="run a small, a median and a large one instead, so that `plan` can tell what a run takes",
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.text import trial_text

    report = api.trial(args.path, args.partition, sizes=args.sizes)
    terminal.answer(report.to_json())
    terminal.show(trial_text(report, terminal.width))
    return GOOD if report.ok else FOUND


VERB = Verb(
    name="trial",
    summary="run one partition and try the reducer",
    description="Run one partition in a process of its own; try the reducer on none, one and two results.",
    add_arguments=_add_arguments,
    execute=_execute,
)
