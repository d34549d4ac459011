"""``jupyter agilab runs [FOLDER]``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import GOOD, Verb
from jupyter_agilab.errors import UsageError

FOLDER_HELP = "the folder of the contracts (this one)"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    from jupyter_agilab.run.types import RunState

    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=".", help=FOLDER_HELP)
    parser.add_argument("--stage", metavar="STAGE", help="only the runs of this stage")
    parser.add_argument(
        "--state",
        action="append",
        choices=get_args(RunState),
        metavar="STATE",
        default=[],
        help="only runs in this state; may be given more than once",
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.runs_text import runs_text

    folder = existing_folder(args.folder)
    found = api.runs(folder, args.stage, states=args.state)
    terminal.answer(
        {
            "folder": str(folder),
            "runs": [run.to_json() for run in found],
            "size_bytes": sum(run.size_bytes for run in found),
        }
    )
    if not found and (args.stage or args.state):
        terminal.show("no run is like that")
    else:
        terminal.show(runs_text(found, terminal.width))
    return GOOD


def existing_folder(name: str) -> Path:
    """Give the folder that an argument names.

    Raises
    ------
    UsageError
        There is none.
    """
    if not Path(name).is_dir():
        raise UsageError(f"there is no folder {name}", hint="name the folder that the contracts are in")
    return Path(name).resolve()


VERB = Verb(
    name="runs",
    summary="list what ran",
    description=(
        "List the runs of the contracts in a folder, newest first, with what they take on disk. "
        "Results that several runs share count once."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
