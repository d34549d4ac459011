"""``jupyter agilab report RUN``."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import GOOD, Verb
from jupyter_agilab.cli.verbs.attach import RUN_HELP


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument("--output", metavar="FILE", help="the file (report.html in the run's directory)")
    parser.add_argument("--open", action="store_true", help="open it in the browser")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.report.page import write_page
    from jupyter_agilab.panel.report.summary import summary_json, summary_text

    story = api.story(args.run)
    path = Path(args.output) if args.output else story.run.report
    size_bytes = write_page(story, path)
    terminal.answer(summary_json(story, path, size_bytes))
    terminal.show(summary_text(story, path, size_bytes, terminal.width))
    if args.open and not _opened(path):
        terminal.say("no browser could be started; open the file yourself")
    return GOOD


def _opened(path: Path) -> bool:
    import webbrowser

    return webbrowser.open(path.resolve().as_uri())


VERB = Verb(
    name="report",
    summary="write a page that tells how a run went",
    description="Write one HTML file that tells how a run went: what it was asked, what it did when, what "
    "failed, and what to do differently. It needs no network, and any browser can show it.",
    add_arguments=_add_arguments,
    execute=_execute,
)
