"""``jupyter agilab export PATH --to TARGET``."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import GOOD, Verb, positive

_TARGETS = ("agilab", "sbatch", "script")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="a contract, a stage's name, or a notebook")
    parser.add_argument("--to", metavar="TARGET", required=True, help=f"one of {', '.join(_TARGETS)}")
    parser.add_argument("--cluster", metavar="NAME", help="for a cluster of clusters.toml")
    parser.add_argument("--out", metavar="FOLDER", help="where to write")
    parser.add_argument(
        "--enable",
        metavar="PARTS",
        help="agilab: what its installation makes ready besides, as pool,cython,cluster,rapids",
    )
    parser.add_argument("--app", metavar="NAME", help="agilab: the project (the folder's name)")
    parser.add_argument("--per-task", metavar="N", type=positive, help="sbatch: partitions of one array task")
    parser.add_argument("--array-limit", metavar="N", type=positive, help="sbatch: most tasks of one array")
    parser.add_argument("--job-limit", metavar="N", type=positive, help="sbatch: most jobs in the queue")
    parser.add_argument("--python", metavar="COMMAND", help="sbatch, script: Python where it will run")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.path.endswith(".ipynb"):
        return _notebook(args, terminal)
    from jupyter_agilab import api

    exported = api.export(
        args.path,
        args.to,
        cluster=args.cluster,
        out=args.out,
        enable=filter(None, (args.enable or "").split(",")),
        app=args.app,
        per_task=args.per_task,
        array_limit=args.array_limit,
        job_limit=args.job_limit,
        python=args.python,
    )
    terminal.answer(
        {
            "target": exported.target,
            "folder": str(exported.folder),
            "files": [str(path) for path in exported.files],
            "told": list(exported.told),
            "run": exported.run,
        }
    )
    terminal.show("\n".join(map(str, exported.files)))
    for sentence in exported.told:
        terminal.say(sentence)
    terminal.say(f"run it: {exported.run}")
    return GOOD


def _notebook(args: argparse.Namespace, terminal: Terminal) -> int:
    """Write a notebook's cells as AGILAB's stages."""
    from jupyter_agilab.cli.verbs.import_ import tell
    from jupyter_agilab.errors import UsageError
    from jupyter_agilab.migrate.bridge.files import export_notebook
    from jupyter_agilab.migrate.bridge.lab_stages import FILE

    if args.to != "agilab":
        raise UsageError(f"a notebook cannot be exported to {args.to!r}", hint="a notebook goes to: agilab")
    out = None if args.out is None else Path(args.out) / FILE
    tell(export_notebook(Path(args.path), out=out, module=args.app), terminal)
    return GOOD


VERB = Verb(
    name="export",
    summary="write a contract for AGILAB, SLURM or plain Python",
    description=(
        "Write what a contract is elsewhere: snippets for AGILAB, an array job of SLURM, or a Dask script. "
        "The last two need nothing of this package. Runs nothing."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
