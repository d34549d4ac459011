"""``jupyter agilab workflow check|plan|explain|graph|run|runs|status|attach|report|stop|schema``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, GOOD, Verb, positive
from jupyter_agilab.contract.model import BACKENDS

if TYPE_CHECKING:
    from jupyter_agilab.workflow.model import Workflow
    from jupyter_agilab.workflow.running.settings import WorkflowSettings

_PATH = "a workflow, or its file's name without .workflow.toml"
_RUN = "a run's id or the start of it (the newest run)"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str, *, has_path: bool = True) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        # what stands before the action's name counts too
        made.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document to stdout"
        )
        if has_path:
            made.add_argument("path", metavar="PATH", help=_PATH)
        return made

    action("check", "say what is wrong with a workflow and its contracts")
    plan = action("plan", "show stages and partitions before anything runs")
    _add_choices(plan)
    plan.add_argument("--cores", metavar="N", type=positive, help="plan for a machine with so many cores")
    explain = action("explain", "say what of each stage will run again, and why")
    _add_flag(explain)
    graph = action("graph", "show the graph, or write it for others to draw")
    graph.add_argument(
        "--format", choices=("text", "mermaid", "dot", "svg"), help="by the file's name, else text"
    )
    graph.add_argument("--output", metavar="FILE", help="write it there (.svg, .mmd, .dot)")
    run = action("run", "run a workflow and wait for its end")
    _add_choices(run)
    run.add_argument("--backend", choices=BACKENDS, help="back end for this run")
    run.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler that is there, as tcp://host:8786"
    )
    run.add_argument("--batch-size", metavar="N", type=positive, help="partitions per task (as times show)")
    run.add_argument("--force", action="store_true", help="run also what has a result")
    run.add_argument("--overwrite", action="store_true", help="replace artifacts that no run wrote")
    run.add_argument("--detach", action="store_true", help="print the run's id and do not wait for it")
    run.add_argument(
        "--lines", action="store_true", help="tell the run in lines on stdout, one for each task that ends"
    )
    run.add_argument(
        "--logs",
        metavar="FOLDER",
        help="write a log and an error file for each task: FOLDER/STAGE/ID.log and .err",
    )
    run.add_argument("--quiet", action="store_true", help="show no progress")
    action("runs", "list the runs of a workflow")
    status = action("status", "show how a run is")
    status.add_argument("run", metavar="RUN", nargs="?", help=_RUN)
    attach = action("attach", "follow a run to its end")
    attach.add_argument("run", metavar="RUN", nargs="?", help=_RUN)
    attach.add_argument("--quiet", action="store_true", help="show no progress")
    report = action("report", "write a page that tells how a run went")
    report.add_argument("run", metavar="RUN", nargs="?", help=_RUN)
    report.add_argument("--output", metavar="FILE", help="the file (report.html in the run's directory)")
    stop = action("stop", "stop a run; what is finished is kept")
    stop.add_argument("run", metavar="RUN", nargs="?", help=_RUN)
    action("schema", "print the JSON Schema of a workflow's file", has_path=False)


def _add_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--flag",
        metavar="NAME",
        action="append",
        default=[],
        help="switch on the stages with this flag, or off with no-NAME; may be given more than once",
    )


def _add_choices(parser: argparse.ArgumentParser) -> None:
    _add_flag(parser)
    parser.add_argument("--workers", metavar="N", type=positive, help="so many workers")
    parser.add_argument("--cluster", metavar="NAME", help="a cluster of clusters.toml")


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    return _ACTIONS[args.action](args, terminal)


def _check(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.panel.workflow.plan_text import check_text

    report = workflows.check_workflow(args.path)
    terminal.answer(report.to_json())
    terminal.show(check_text(report.path, report.ok, report.findings, terminal.width))
    return GOOD if report.ok else FOUND


def _plan(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.panel.workflow.plan_text import workflow_plan_text

    plan = workflows.plan_workflow(
        args.path, flags=args.flag, workers=args.workers, cores=args.cores, cluster=args.cluster
    )
    terminal.answer(plan.to_json())
    terminal.show(workflow_plan_text(plan, terminal.width))
    return GOOD if plan.ok else FOUND


def _explain(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.panel.workflow.plan_text import workflow_explain_text

    told = workflows.explain_workflow(args.path, flags=args.flag)
    terminal.answer(told.to_json())
    terminal.show(workflow_explain_text(told, terminal.width))
    return GOOD


def _graph(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.atomic import write_text
    from jupyter_agilab.diagnostics import errors_in
    from jupyter_agilab.errors import OutputError, WorkflowError
    from jupyter_agilab.panel.text import findings_text
    from jupyter_agilab.workflow.load import read_workflow

    file = read_workflow(workflows.workflow_path(args.path))
    if file.workflow is None:
        raise WorkflowError(f"{file.path.name or file.path} cannot be used", file.findings)
    told = workflows.workflow_graph(file.path)
    text = _drawn(args, file.workflow, told, terminal.width)
    if args.output:
        try:
            write_text(Path(args.output), text if text.endswith("\n") else text + "\n")
        except (OSError, ValueError) as error:  # `.` has no name that a file could have
            raise OutputError(
                f"{args.output} cannot be written: {getattr(error, 'strerror', None) or error}",
                hint="name a file in a folder that exists",
            ) from error
        terminal.say(f"written: {args.output}")
    else:
        terminal.show(text.rstrip("\n"))
    terminal.answer(told)
    # a picture helps to see what is wrong
    if not file.ok:
        terminal.say(findings_text(errors_in(file.findings), terminal.message_width))
    return GOOD if file.ok else FOUND


def _drawn(args: argparse.Namespace, workflow: Workflow, told: dict[str, Any], width: int) -> str:
    from jupyter_agilab.workflow.text_form import dot, mermaid

    ends = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot"}
    form = args.format or ends.get(Path(args.output or "").suffix.lower(), "text")
    if form in {"mermaid", "dot"}:
        return mermaid(workflow) if form == "mermaid" else dot(workflow)
    if form == "svg":
        from jupyter_agilab.panel.workflow.picture import workflow_picture

        return workflow_picture(told)
    from jupyter_agilab.panel.workflow.text import workflow_text

    return workflow_text(told, width)


def _run(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.cli.workflow_progress import command_for, follow

    watch = workflows.submit_workflow(args.path, _settings(args))
    if args.detach:
        told = watch.refresh().to_json()
        terminal.answer(told)
        terminal.show(told["run_id"])
        terminal.say(f"follow it with: {command_for('attach', args.path, told)}")
        terminal.say(f"end it with:    {command_for('stop', args.path, told)}")
        return GOOD
    if not (args.lines or args.logs):
        return follow(watch, args.path, terminal, quiet=args.quiet, stops=True)
    from jupyter_agilab.panel.workflow.lines import WorkflowLines

    def write(line: str) -> None:
        if args.lines:
            terminal.show(line)
            # a program that reads them may wait for one
            sys.stdout.flush()

    lines = WorkflowLines(watch.directory, write, logs=Path(args.logs) if args.logs else None)
    quiet = args.quiet or args.lines
    return follow(watch, args.path, terminal, quiet=quiet, stops=True, lines=lines)


def _settings(args: argparse.Namespace) -> WorkflowSettings:
    from jupyter_agilab.workflow.running.settings import WorkflowSettings

    return WorkflowSettings(
        flags=tuple(args.flag),
        backend=args.backend,
        cluster=args.cluster,
        workers=args.workers,
        batch_size=args.batch_size,
        scheduler=args.scheduler,
        force=args.force,
        overwrite=args.overwrite,
    )


def _runs(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.panel.workflow.plan_text import workflow_runs_text

    found = [status.to_json() for status in workflows.workflow_runs(args.path)]
    terminal.answer({"runs": found})
    terminal.show(workflow_runs_text(found, terminal.width))
    return GOOD


def _status(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.panel.workflow.text import workflow_text

    told = workflows.attach_workflow(args.path, args.run).refresh().to_json()
    terminal.answer(told)
    terminal.show(workflow_text(told, terminal.width))
    return FOUND if told["state"] in {"partial", "failed", "stopped", "interrupted"} else GOOD


def _attach(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.cli.workflow_progress import follow

    watch = workflows.attach_workflow(args.path, args.run)
    return follow(watch, args.path, terminal, quiet=args.quiet, stops=False)


def _report(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.panel.report.workflow_page import workflow_report

    run = workflows.attach_workflow(args.path, args.run).directory
    path = workflow_report(run, args.output)
    terminal.answer({"path": str(path), "run_id": run.run_id, "size_bytes": path.stat().st_size})
    terminal.show(str(path))
    return GOOD


def _stop(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import workflows
    from jupyter_agilab.panel.workflow.text import workflow_text
    from jupyter_agilab.panel.workflow.words import ENDED

    told = workflows.stop_workflow(args.path, args.run).to_json()
    terminal.answer(told)
    terminal.show(workflow_text(told, terminal.width))
    return GOOD if told["state"] in ENDED else FOUND


def _schema(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab.workflow.schema import json_schema, schema_text

    terminal.answer(json_schema())
    terminal.show(schema_text().rstrip("\n"))
    return GOOD


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, Terminal], int]] = {
    "check": _check,
    "plan": _plan,
    "explain": _explain,
    "graph": _graph,
    "run": _run,
    "runs": _runs,
    "status": _status,
    "attach": _attach,
    "report": _report,
    "stop": _stop,
    "schema": _schema,
}

VERB = Verb(
    name="workflow",
    summary="check, plan and run stages that feed each other",
    description=(
        "Check, plan and run a workflow: several stages that feed each other. Only run runs anything; it has "
        "a process of its own, and goes on where this terminal is closed."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
