"""``jupyter agilab clean [FOLDER]``."""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb, natural
from jupyter_agilab.cli.verbs.runs import FOLDER_HELP, existing_folder

_YES = frozenset({"y", "yes"})


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    from jupyter_agilab.run.types import RunState

    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=".", help=FOLDER_HELP)
    parser.add_argument("--stage", metavar="STAGE", help="only runs of this stage")
    parser.add_argument("--older-than", metavar="AGE", help="only runs so old: 12h, 7d, 2w")
    parser.add_argument(
        "--keep", type=natural, metavar="N", help="all but the newest N runs of each stage and workflow"
    )
    parser.add_argument(
        "--failed", action="store_true", help="only runs without an artifact: failed, stopped, interrupted"
    )
    parser.add_argument(
        "--state",
        action="append",
        choices=get_args(RunState),
        metavar="STATE",
        default=[],
        help="only runs in this state; may be given more than once",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="also the newest finished run of each stage and workflow, and last trials",
    )
    parser.add_argument(
        "--force-unreduced", action="store_true", help="also runs with results that no other run has"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would go")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.clean_text import clean_text

    folder = existing_folder(args.folder)
    asked = {
        "stage": args.stage,
        "older_than": args.older_than,
        "keep": args.keep,
        "failed": args.failed,
        "states": args.state,
        "all_runs": args.all,
        "force_unreduced": args.force_unreduced,
    }
    seen = None
    if args.dry_run or not args.yes:
        seen = api.clean(folder, dry_run=True, **asked)
        terminal.show(clean_text(seen, terminal.width))
        is_needless = args.dry_run or not (seen.runs or seen.leftovers)
        if is_needless or not _agreed(terminal):
            terminal.answer(seen.to_json())
            return GOOD
    done = api.clean(folder, shown=seen, **asked)
    terminal.answer(done.to_json())
    terminal.show(clean_text(done, terminal.width))
    return FOUND if done.problems or any(each.reason == "error" for each in done.kept) else GOOD


def _agreed(terminal: Terminal) -> bool:
    """Ask, where somebody can answer."""
    if terminal.as_json or not (sys.stdin and sys.stdin.isatty()):
        terminal.say("nothing was removed: add --yes to do it")
        return False
    sys.stderr.write("remove them? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in _YES


VERB = Verb(
    name="clean",
    summary="free the disk of old runs",
    description=(
        "Remove runs for which all that is given holds, and what killed processes left behind. Shows what "
        "would go and asks. Never goes: a run that is under way. Goes only where it is asked for: the newest "
        "finished run of a stage or workflow (--all), a run whose results no other run has and which the "
        "contract can go on from (--force-unreduced)."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
