"""``jupyter agilab run PATH``."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb, positive
from jupyter_agilab.contract.model import BACKENDS
from jupyter_agilab.errors import UsageError

if TYPE_CHECKING:
    from jupyter_agilab.run.driver_process import Standby
    from jupyter_agilab.run.submit import RunSettings
    from jupyter_agilab.run.watch import RunStatus, RunWatch

_PATIENCE_S = 10.0


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="a contract, or a stage's name")
    parser.add_argument("--workers", metavar="N", type=positive, help="workers for this run")
    parser.add_argument("--backend", choices=BACKENDS, help="back end for this run")
    parser.add_argument(
        "--batch-size", metavar="N", type=positive, help="partitions per task (as times show)"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler that is there, as tcp://host:8786"
    )
    parser.add_argument("--cluster", metavar="NAME", help="a cluster of clusters.toml")
    parser.add_argument(
        "--distribution",
        metavar="FILE",
        help="keep to a work plan, or to AGILAB's distribution.json: who does what",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a file at `output` that no run of this stage wrote"
    )
    parser.add_argument(
        "--only",
        metavar="WHICH",
        help="failed, changed, or partitions: 4, 3-7, an id, several with commas; others are taken over",
    )
    parser.add_argument("--force", action="store_true", help="run also what has a result")
    parser.add_argument("--detach", action="store_true", help="print the run's id and do not wait for it")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    with ExitStack() as stack:
        # it comes up while all the rest is imported, and is ended where nothing comes of it
        standby = _standby(args)
        if standby is not None:
            stack.enter_context(standby)
        from jupyter_agilab import api
        from jupyter_agilab.cli.staging import staging_shown

        with staging_shown(terminal):
            watch = api.submit(args.path, _settings(args), standby=standby)
    # what shows the run is imported while it starts
    from jupyter_agilab.cli.ending import command_for, tell_end
    from jupyter_agilab.cli.progress import Progress

    if args.detach:
        status = watch.refresh()
        terminal.answer(status.to_json())
        terminal.show(status.run_id)
        terminal.say(f"follow it with: {command_for('attach', status)}")
        terminal.say(f"end it with:    {command_for('stop', status)}")
        return GOOD
    progress = Progress(terminal, quiet=args.quiet)
    try:
        if not (args.quiet or terminal.as_json):
            terminal.say(f"run {watch.status.run_id} has been started; Ctrl-C stops it")
        status = watch.wait(progress)
    except KeyboardInterrupt:
        progress.close()
        status = _stopped(watch, terminal)
        if not status.ended:
            terminal.answer(status.to_json())
            terminal.say(f"the run is still stopping; see: {command_for('attach', status)}")
            return FOUND
    finally:
        progress.close()
    return tell_end(status, terminal)


def _standby(args: argparse.Namespace) -> Standby | None:
    from jupyter_agilab.run.driver_process import Standby

    with suppress(OSError):
        if args.cluster:
            from jupyter_agilab.contract.named import contract_path
            from jupyter_agilab.run.clusters.service.borrow import borrowed_driver

            borrowed = borrowed_driver(args.cluster, contract_path(args.path).absolute().parent)
            if borrowed is not None:
                return borrowed
        uses_dask = bool(args.backend == "dask" or args.scheduler or args.cluster)
        return Standby(forks=not uses_dask, uses_dask=uses_dask)
    # it is tried again, and told, when the run is there
    return None


def _settings(args: argparse.Namespace) -> RunSettings:
    from jupyter_agilab.run.submit import RunSettings

    if args.scheduler and args.backend not in {None, "dask"}:
        raise UsageError(
            f"--scheduler is for the dask back end; {args.backend} was asked for", hint="leave out --backend"
        )
    return RunSettings(
        workers=args.workers,
        backend="dask" if args.scheduler else args.backend,
        cluster=args.cluster,
        batch_size=args.batch_size,
        scheduler=args.scheduler,
        distribution=args.distribution,
        overwrite=args.overwrite,
        only=args.only,
        force=args.force,
    )


def _stopped(watch: RunWatch, terminal: Terminal) -> RunStatus:
    """Stop the run that Ctrl-C was pressed in; a second Ctrl-C leaves it to stop alone."""
    from jupyter_agilab import api

    terminal.say("stopping: partitions that are done are kept (Ctrl-C again: do not wait)")
    with suppress(KeyboardInterrupt):
        if api.stop(watch.status.run_dir).ended:
            # the driver has said so, and is about to end itself
            return watch.wait(timeout_s=_PATIENCE_S)
    return watch.refresh()


VERB = Verb(
    name="run",
    summary="run a contract",
    description=(
        "Run a contract and wait for its result. The run has a process of its own: it goes on where this "
        "terminal is closed. Ctrl-C stops it; finished partitions are kept, and the next run goes on there."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
