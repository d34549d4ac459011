"""``jupyter agilab explain PATH``."""

from __future__ import annotations

import argparse

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import GOOD, Verb


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="a contract, or a stage's name")
    parser.add_argument(
        "--changed", action="store_true", help="only partitions whose code, settings or input changed"
    )
    parser.add_argument("--partitions", action="store_true", help="list all partitions")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.explain_text import explain_lines, explain_text
    from jupyter_agilab.run.reasons import CHANGED

    explanation = api.explain(args.path)
    kinds = CHANGED if args.changed else None
    terminal.answer_with_list(explanation.to_json(kinds), "partitions", explanation.lines(kinds))
    if not terminal.as_json:
        terminal.show(explain_text(explanation, terminal.width, kinds))
        if args.partitions and len(explanation):
            terminal.show("")
            for line in explain_lines(explanation, kinds):
                terminal.show(line)
    return GOOD


VERB = Verb(
    name="explain",
    summary="say why each partition will run again, or not",
    description=(
        "Say why each partition would run now, or why its result can be taken over from an earlier run. "
        "Runs and imports nothing."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
