"""``%parallel_workflow``: stages that feed each other, shown, planned, run and stopped together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.magic import magics_class

from jupyter_agilab.contract.model import BACKENDS
from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser, name_list, positive

if TYPE_CHECKING:
    from argparse import Namespace

    from jupyter_agilab.workflow.running.settings import WorkflowSettings

WORKFLOW = MagicParser(
    "%parallel_workflow",
    """Show a workflow: its stages, how far they are, and what can be done. Runs nothing without --run.

Cells join a workflow with %%parallel_stage NAME --after OTHER or --input OTHER. A run does again only what
has changed since the last one, and what hangs on it.

    %parallel_workflow
    %parallel_workflow fits --run --flag promote""",
    names="workflows",
)
WORKFLOW.add_argument(
    "workflow",
    nargs="?",
    metavar="WORKFLOW",
    help="the workflow or its file; not needed where there is one only, or one named like the notebook",
)
WORKFLOW.add_argument("--run", action="store_true", help="run it, or go on with what is left of it")
WORKFLOW.add_argument("--plan", action="store_true", help="show the partitions of all stages")
WORKFLOW.add_argument("--explain", action="store_true", help="say what a run of now would do, and why")
WORKFLOW.add_argument("--stop", action="store_true", help="stop the run; what is finished is kept")
WORKFLOW.add_argument("--graph", action="store_true", help="show the graph as the file has it, without a run")
WORKFLOW.add_argument(
    "--report", action="store_true", help="write a page that tells how the newest run went: NAME.report.html"
)
WORKFLOW.add_argument(
    "--flag",
    action="append",
    type=name_list,
    default=[],
    metavar="FLAG",
    help="switch on the stages that run only with this flag; no-FLAG switches them off; may be repeated",
)
WORKFLOW.add_argument("--workers", type=positive, metavar="N", help="so many workers for this run")
WORKFLOW.add_argument("--backend", choices=BACKENDS, help="where this run works")
WORKFLOW.add_argument("--cluster", metavar="NAME", help="a cluster of clusters.toml")
WORKFLOW.add_argument("--force", action="store_true", help="run also what has a result")
WORKFLOW.add_argument(
    "--overwrite", action="store_true", help="replace output files that no run of these stages wrote"
)
WORKFLOW.add_argument("--detach", action="store_true", help="start the run and do not wait for it")
WORKFLOW.add_argument(
    "--lines", action="store_true", help="tell the run in lines of text, a line for each task that ends"
)
WORKFLOW.add_argument(
    "--logs", metavar="FOLDER", help="write a log and an error file for each task: FOLDER/STAGE/ID.log, .err"
)
WORKFLOW.add_argument("--json", action="store_true", help="print it as JSON")

_ACTIONS = ("run", "plan", "explain", "stop", "graph", "report")


@magics_class
class WorkflowMagics(Family):
    """The magic that looks after workflows."""

    @declare.line(WORKFLOW)
    def parallel_workflow(self, line: str) -> None:
        """Show or run a workflow."""
        arguments = WORKFLOW.read(line)
        asked = [name for name in _ACTIONS if getattr(arguments, name)]
        if len(asked) > 1:
            WORKFLOW.error(f"--{asked[0]} and --{asked[1]} do not go together")
        path = self.workflow_file(arguments.workflow)
        flags = tuple(name for names in arguments.flag for name in names)
        match asked:
            case ["run"]:
                self._run(path, arguments, flags)
            case ["plan"]:
                self._plan(path, arguments, flags)
            case ["explain"]:
                self._explain(path, arguments, flags)
            case ["stop"]:
                self._stop(path, arguments)
            case ["report"]:
                self._report(path)
            case _:
                self._show(path, arguments, flags)

    def _run(self, path: Path, arguments: Namespace, flags: tuple[str, ...]) -> None:
        settings = _settings(arguments, flags)
        if arguments.lines or arguments.logs or arguments.json:
            from jupyter_agilab.magics.workflow_watching import run_in_lines

            run_in_lines(
                self.session, path, settings, logs=arguments.logs, lines=arguments.lines, told=arguments.json
            )
        else:
            self.run_workflow(path, settings, waits=not arguments.detach)

    def _plan(self, path: Path, arguments: Namespace, flags: tuple[str, ...]) -> None:
        from jupyter_agilab.diagnostics import errors_in
        from jupyter_agilab.errors import PlanError
        from jupyter_agilab.panel.workflow.plan_view import WorkflowPlanView
        from jupyter_agilab.workflows import plan_workflow, workflow_graph

        plan = plan_workflow(path, flags=flags, workers=arguments.workers, cluster=arguments.cluster)
        if arguments.json:
            self._print(plan.to_json())
        else:
            self.session.display(WorkflowPlanView(plan, workflow_graph(path, plan=plan)))
        if errors_in(plan.findings):
            raise PlanError(f"the workflow {plan.workflow.name} cannot run as planned", plan.findings)

    def _explain(self, path: Path, arguments: Namespace, flags: tuple[str, ...]) -> None:
        from jupyter_agilab.panel.workflow.explain_view import WorkflowExplainView
        from jupyter_agilab.workflows import explain_workflow

        explanation = explain_workflow(path, flags=flags)
        if arguments.json:
            self._print(explanation.to_json())
        else:
            self.session.display(WorkflowExplainView(explanation))

    def _stop(self, path: Path, arguments: Namespace) -> None:
        from jupyter_agilab.magics.workflow_watching import status_view
        from jupyter_agilab.workflows import stop_workflow

        status = stop_workflow(path)
        if arguments.json:
            self._print(status.to_json())
        else:
            self.session.display(status_view(path, status))

    def _report(self, path: Path) -> None:
        from jupyter_agilab.magics.workflow_watching import report_view
        from jupyter_agilab.workflows import attach_workflow

        self.session.display(report_view(path, attach_workflow(path)))

    def _show(self, path: Path, arguments: Namespace, flags: tuple[str, ...]) -> None:
        from jupyter_agilab.magics.workflow_watching import newest_watch, show_workflow
        from jupyter_agilab.workflows import workflow_graph

        if arguments.json:
            watch = None if arguments.graph else newest_watch(path)
            self._print(workflow_graph(path) if watch is None else watch.refresh().to_json())
        else:
            show_workflow(self.session, path, flags, with_run=not arguments.graph)

    def _print(self, told: object) -> None:
        self.session.say(json.dumps(told, indent=2, ensure_ascii=False))


def _settings(arguments: Namespace, flags: tuple[str, ...]) -> WorkflowSettings:
    from jupyter_agilab.workflow.running.settings import WorkflowSettings

    return WorkflowSettings(
        flags=flags,
        backend=arguments.backend,
        cluster=arguments.cluster,
        workers=arguments.workers,
        force=arguments.force,
        overwrite=arguments.overwrite,
    )
