"""``jupyter agilab plan PATH``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb, natural, positive

if TYPE_CHECKING:
    from jupyter_agilab.planning.plan import Plan


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="a contract, or a stage's name")
    parser.add_argument("--cores", metavar="N", type=positive, help="plan for a machine with so many cores")
    parser.add_argument("--workers", metavar="N", type=positive, help="plan for so many workers")
    parser.add_argument("--partitions", action="store_true", help="list all partitions")
    parser.add_argument(
        "--rows", metavar="N", type=natural, default=10, help="partitions in the short list (10)"
    )
    parser.add_argument(
        "--preview", metavar="INDEX", type=natural, help="what the function will receive for this partition"
    )
    parser.add_argument(
        "--distribution",
        metavar="FILE",
        help="take the workers from a work plan, or from AGILAB's distribution.json",
    )
    parser.add_argument(
        "--export-distribution", metavar="FILE", help="write the plan as AGILAB's distribution.json"
    )
    parser.add_argument(
        "--export-work-plan",
        metavar="FILE",
        help="write which worker does what, to edit it and to run with it",
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.cli.staging import staging_shown
    from jupyter_agilab.diagnostics import errors_in

    if args.preview is not None:
        return _preview(args.path, args.preview, terminal)
    with staging_shown(terminal):
        plan = api.plan(args.path, cores=args.cores, workers=args.workers, distribution=args.distribution)
    if args.export_distribution:
        from jupyter_agilab.planning.distribution import distribution_of

        _export(distribution_of(plan), args.export_distribution)
    if args.export_work_plan:
        from jupyter_agilab.planning.work_plan import work_plan_of

        _export(work_plan_of(plan), args.export_work_plan)
    if terminal.as_json:
        _answer(plan, terminal, partitions=args.partitions)
    else:
        _show(plan, args, terminal)
    return FOUND if errors_in(plan.findings) else GOOD


def _preview(path: str, index: int, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.preview_text import preview_text

    preview = api.preview(path, index)
    terminal.answer(preview.to_json())
    terminal.show(preview_text(preview, terminal.width))
    return GOOD


def _export(value: dict[str, Any], name: str) -> None:
    from pathlib import Path

    from jupyter_agilab.atomic import write_json
    from jupyter_agilab.errors import OutputError

    try:
        write_json(Path(name), value)
    except OSError as error:
        raise OutputError(
            f"{name} cannot be written: {error.strerror or error}", hint="name a file in a folder that exists"
        ) from error


def _answer(plan: Plan, terminal: Terminal, *, partitions: bool) -> None:
    from jupyter_agilab.planning.plan_json import partition_texts, plan_json

    if partitions:
        terminal.answer_with_texts(plan_json(plan, partitions=False), "partitions", partition_texts(plan))
    else:
        terminal.answer(plan_json(plan, partitions=False))


def _show(plan: Plan, args: argparse.Namespace, terminal: Terminal) -> None:
    from jupyter_agilab.api import contract_path
    from jupyter_agilab.contract.load import read_contract
    from jupyter_agilab.panel.plan_text import partition_lines
    from jupyter_agilab.panel.text import findings_count, plan_text

    file = read_contract(contract_path(args.path))
    said = f"OK, {findings_count(file.findings)} (see check)" if file.findings else "OK"
    backend = file.contract.backend if file.contract else ""
    rows = 0 if args.partitions else args.rows
    terminal.show(plan_text(plan, terminal.width, rows, backend=backend, contract=said))
    if args.partitions and plan.partition_count:
        terminal.show("")
        for line in partition_lines(plan):
            terminal.show(line)


VERB = Verb(
    name="plan",
    summary="show partitions and workers before anything runs",
    description="Show what a run would do: partitions, workers and their loads. Runs and imports nothing.",
    add_arguments=_add_arguments,
    execute=_execute,
)
