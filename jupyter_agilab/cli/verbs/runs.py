"""``jupyter agilab runs [FOLDER]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import GOOD, Verb
from jupyter_agilab.errors import UsageError


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", default=".", help="the folder of the contracts (this one)"
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.text import runs_text

    if not Path(args.folder).is_dir():
        raise UsageError(
            f"there is no folder {args.folder}", hint="name the folder that the contracts are in"
        )
    found = api.runs(args.folder)
    terminal.answer({"folder": str(Path(args.folder).resolve()), "runs": [run.to_json() for run in found]})
    terminal.show(runs_text(found, terminal.width))
    return GOOD


VERB = Verb(
    name="runs",
    summary="list what ran",
    description="List the runs of the contracts in a folder, newest first.",
    add_arguments=_add_arguments,
    execute=_execute,
)
