"""Turn a notebook cell into a parallel stage: a readable function, a contract, a run that survives.

The names below are the public interface; they are loaded when they are first used. In a notebook,
``%load_ext jupyter_agilab`` adds the magics.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_agilab.api import (
        CheckReport,
        RunSettings,
        attach,
        build,
        check,
        check_cluster,
        clean,
        cluster_health,
        cluster_status,
        clusters_started,
        explain,
        export,
        install_cluster,
        logs,
        plan,
        replay,
        run,
        runs,
        start_cluster,
        stop,
        stop_all_clusters,
        stop_cluster,
        submit,
        trial,
    )
    from jupyter_agilab.contract.dump import write_contract
    from jupyter_agilab.contract.load import load_contract
    from jupyter_agilab.contract.model import Contract
    from jupyter_agilab.contract.new import new_contract
    from jupyter_agilab.diagnostics import Finding
    from jupyter_agilab.errors import AgilabError
    from jupyter_agilab.exact import pack, unpack
    from jupyter_agilab.extract.context import CellContext
    from jupyter_agilab.live.crew import Hooks
    from jupyter_agilab.live.export import export_program
    from jupyter_agilab.live.job import ArrayJob, Job
    from jupyter_agilab.live.jobs import Jobs
    from jupyter_agilab.live.places.choose import use_cluster, use_pool, use_threads
    from jupyter_agilab.live.places.place import Place
    from jupyter_agilab.live.task import Task, task
    from jupyter_agilab.live.under_way import JobResult
    from jupyter_agilab.loop_steps import parallel_steps, stage_items
    from jupyter_agilab.panel.advice import advise, suggested_walltime
    from jupyter_agilab.panel.report.page import report
    from jupyter_agilab.panel.workflow.lines import run_with_lines
    from jupyter_agilab.panel.workflow.wording import Wording
    from jupyter_agilab.partition.types import Partition
    from jupyter_agilab.planning.plan import Plan
    from jupyter_agilab.result import StageResult
    from jupyter_agilab.stage_options import StageOptions
    from jupyter_agilab.stages import stage_from_cell, write_stage
    from jupyter_agilab.workflow.running.settings import WorkflowSettings
    from jupyter_agilab.workflows import (
        Workflow,
        attach_workflow,
        check_workflow,
        explain_workflow,
        plan_workflow,
        run_workflow,
        stop_workflow,
        submit_workflow,
        workflow_graph,
        workflow_runs,
        workflow_story,
    )

__version__ = "0.1.0"

_HOMES = {
    "CheckReport": "api",
    "RunSettings": "api",
    "attach": "api",
    "check": "api",
    "clean": "api",
    "explain": "api",
    "logs": "api",
    "plan": "api",
    "replay": "api",
    "run": "api",
    "runs": "api",
    "stop": "api",
    "submit": "api",
    "build": "api",
    "check_cluster": "api",
    "cluster_health": "api",
    "cluster_status": "api",
    "clusters_started": "api",
    "install_cluster": "api",
    "start_cluster": "api",
    "stop_all_clusters": "api",
    "stop_cluster": "api",
    "trial": "api",
    "write_contract": "contract.dump",
    "load_contract": "contract.load",
    "Contract": "contract.model",
    "new_contract": "contract.new",
    "Finding": "diagnostics",
    "AgilabError": "errors",
    "pack": "exact",
    "unpack": "exact",
    "CellContext": "extract.context",
    "ArrayJob": "live.job",
    "Hooks": "live.crew",
    "Job": "live.job",
    "JobResult": "live.under_way",
    "Jobs": "live.jobs",
    "Place": "live.places.place",
    "Task": "live.task",
    "export_program": "live.export",
    "task": "live.task",
    "use_cluster": "live.places.choose",
    "use_pool": "live.places.choose",
    "use_threads": "live.places.choose",
    "parallel_steps": "loop_steps",
    "stage_items": "loop_steps",
    "advise": "panel.advice",
    "suggested_walltime": "panel.advice",
    "report": "panel.report.page",
    "run_with_lines": "panel.workflow.lines",
    "Wording": "panel.workflow.wording",
    "Partition": "partition.types",
    "Plan": "planning.plan",
    "StageResult": "result",
    "StageOptions": "stage_options",
    "stage_from_cell": "stages",
    "write_stage": "stages",
    "Workflow": "workflows",
    "attach_workflow": "workflows",
    "check_workflow": "workflows",
    "explain_workflow": "workflows",
    "plan_workflow": "workflows",
    "run_workflow": "workflows",
    "stop_workflow": "workflows",
    "submit_workflow": "workflows",
    "workflow_graph": "workflows",
    "workflow_runs": "workflows",
    "workflow_story": "workflows",
    "WorkflowSettings": "workflow.running.settings",
}

__all__ = [
    "AgilabError",
    "ArrayJob",
    "CellContext",
    "CheckReport",
    "Contract",
    "Finding",
    "Hooks",
    "Job",
    "JobResult",
    "Jobs",
    "Partition",
    "Place",
    "Plan",
    "RunSettings",
    "StageOptions",
    "StageResult",
    "Task",
    "Wording",
    "Workflow",
    "WorkflowSettings",
    "__version__",
    "advise",
    "attach",
    "attach_workflow",
    "build",
    "check",
    "check_cluster",
    "check_workflow",
    "clean",
    "cluster_health",
    "cluster_status",
    "clusters_started",
    "explain",
    "explain_workflow",
    "export",
    "export_program",
    "install_cluster",
    "load_contract",
    "logs",
    "migrate",
    "new_contract",
    "pack",
    "parallel_steps",
    "plan",
    "plan_workflow",
    "replay",
    "report",
    "run",
    "run_with_lines",
    "run_workflow",
    "runs",
    "stage_from_cell",
    "stage_items",
    "start_cluster",
    "stop",
    "stop_all_clusters",
    "stop_cluster",
    "stop_workflow",
    "submit",
    "submit_workflow",
    "suggested_walltime",
    "task",
    "trial",
    "unpack",
    "use_cluster",
    "use_pool",
    "use_threads",
    "workflow_graph",
    "workflow_runs",
    "workflow_story",
    "write_contract",
    "write_stage",
]


class _Package(ModuleType):
    """A module whose `run`, `migrate` and `export` are functions, also once the subpackages are imported."""

    @property
    def run(self) -> Callable[..., Any]:
        from jupyter_agilab import api

        return api.run

    @run.setter
    def run(self, subpackage: ModuleType) -> None:
        """Leave the function be: importing the subpackage sets its name here, and ``sys.modules`` has it."""

    @property
    def migrate(self) -> Callable[..., Any]:
        from jupyter_agilab.migration import migrate

        return migrate

    @migrate.setter
    def migrate(self, subpackage: ModuleType) -> None:
        """Leave the function be, as for `run`."""

    @property
    def export(self) -> Callable[..., Any]:
        from jupyter_agilab.exports import export

        return export

    @export.setter
    def export(self, subpackage: ModuleType) -> None:
        """Take no notice of the subpackage."""


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to a shell: ``%load_ext jupyter_agilab``."""
    from jupyter_agilab.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Stop watching the shell's cells: ``%unload_ext jupyter_agilab``."""
    from jupyter_agilab.magics import unload

    unload(shell)
