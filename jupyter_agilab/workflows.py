"""Workflows, for every front end: plain functions, no display.

`check_workflow`, `plan_workflow`, `explain_workflow`, `workflow_graph`, `workflow_runs` and
`attach_workflow` run nothing. A workflow is given by its file's path, or by the file's name without
``.workflow.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import WorkflowError
from jupyter_agilab.workflow.builder import WorkflowBuilder
from jupyter_agilab.workflow.functions import check_functions
from jupyter_agilab.workflow.load import WorkflowFile, check_text, read_workflow
from jupyter_agilab.workflow.named import workflow_path

if TYPE_CHECKING:
    from jupyter_agilab.live.jobs import Jobs
    from jupyter_agilab.live.under_way import JobResult
    from jupyter_agilab.workflow.explain import WorkflowExplanation
    from jupyter_agilab.workflow.plan import WorkflowPlan
    from jupyter_agilab.workflow.running.settings import WorkflowSettings
    from jupyter_agilab.workflow.running.status import WorkflowStatus
    from jupyter_agilab.workflow.running.story import WorkflowStory
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

__all__ = [
    "Workflow",
    "WorkflowReport",
    "attach_workflow",
    "check_workflow",
    "explain_workflow",
    "plan_workflow",
    "run_workflow",
    "stop_workflow",
    "submit_workflow",
    "workflow_graph",
    "workflow_path",
    "workflow_runs",
    "workflow_story",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowReport:
    """What `check_workflow` found: ``ok`` where none of the findings is an error."""

    path: str
    ok: bool
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``workflow check --json``."""
        return {
            "path": self.path,
            "ok": self.ok,
            "findings": [finding.to_json() for finding in self.findings],
        }


def check_workflow(path: str | Path, *, text: str | None = None) -> WorkflowReport:
    """Check a workflow, its contracts, and that files and functions are there; imports and runs nothing.

    Parameters
    ----------
    text
        Checked in place of what the file holds: what an editor has and has not saved.
    """
    from jupyter_agilab.workflow.planning.preflight import check_surroundings

    file = read_workflow(workflow_path(path)) if text is None else check_text(text, Path(path))
    return _report(file, check_surroundings(file))


def _report(file: WorkflowFile, found: Iterable[Finding]) -> WorkflowReport:
    findings = file.sorted((*file.findings, *found))
    return WorkflowReport(path=str(file.path), ok=not errors_in(findings), findings=findings)


def plan_workflow(
    path: str | Path,
    *,
    flags: Iterable[str] = (),
    workers: int | None = None,
    cores: int | None = None,
    cluster: str | None = None,
    scheduler: str | None = None,
) -> WorkflowPlan:
    """Plan a workflow: the partitions of all stages as far as they are known; imports and runs nothing.

    Parameters
    ----------
    flags
        Flags to switch on.
    workers, cores
        Plan for another number of workers than the workflow's, or for a machine that one does not have.
    cluster
        Plan for a cluster of ``clusters.toml``; by default for the workflow's, else for this machine. Claims
        that none of its workers can meet are errors among the findings.
    scheduler
        Plan for a Dask scheduler that is already there: what its workers have is seen when the run starts.

    Raises
    ------
    WorkflowError
        The workflow or one of its contracts has errors; all of them are in it.
    ClusterError
        There is no such cluster.
    UsageError
        There is no such flag.
    """
    return _plan(
        read_workflow(workflow_path(path)),
        flags=flags,
        workers=workers,
        cores=cores,
        cluster=cluster,
        scheduler=scheduler,
    )


def _plan(
    file: WorkflowFile,
    *,
    flags: Iterable[str] = (),
    workers: int | None = None,
    cores: int | None = None,
    cluster: str | None = None,
    scheduler: str | None = None,
) -> WorkflowPlan:
    from jupyter_agilab.workflow.planning.make import make_workflow_plan
    from jupyter_agilab.workflow.planning.room import room_here, room_on

    room = None
    # else all that is wrong with the file is told
    if scheduler is None and file.workflow is not None and file.ok:
        name = cluster or file.workflow.cluster
        room = room_on(file.folder, name) if name else room_here()
    return make_workflow_plan(file, flags=flags, workers=workers, cores=cores, room=room)


def explain_workflow(path: str | Path, *, flags: Iterable[str] = ()) -> WorkflowExplanation:
    """Say of each stage which partitions a run of now would do, and why; runs and imports nothing.

    Raises
    ------
    WorkflowError, UsageError
        As `plan_workflow`.
    PlanError
        The plan cannot run.
    """
    from jupyter_agilab.workflow.explain import explain_stages

    return explain_stages(plan_workflow(path, flags=flags))


def submit_workflow(path: str | Path, settings: WorkflowSettings | None = None) -> WorkflowWatch:
    """Start a run of a workflow and give a watch on it; returns as soon as its plan is written.

    Raises
    ------
    WorkflowError, PlanError, RunBusyError, OutputError, UsageError, ClusterError
        The run cannot start; nothing was changed.
    """
    from jupyter_agilab.workflow.planning.make import require_runnable
    from jupyter_agilab.workflow.running.settings import WorkflowSettings as Settings
    from jupyter_agilab.workflow.running.submit import submit_workflow_plan
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

    settings = settings or Settings()
    file = read_workflow(workflow_path(path))
    plan = _plan(
        file,
        flags=settings.flags,
        workers=settings.workers,
        cluster=settings.cluster,
        scheduler=settings.scheduler,
    )
    require_runnable(plan)
    started = submit_workflow_plan(file, plan, settings)
    return WorkflowWatch(started.directory, started.driver)


def run_workflow(
    path: str | Path,
    settings: WorkflowSettings | None = None,
    *,
    on_status: Callable[[WorkflowStatus], None] = lambda status: None,
) -> WorkflowStatus:
    """Run a workflow and wait until it has ended, well or not; it goes on when the caller is interrupted.

    Raises
    ------
    WorkflowError, PlanError, RunBusyError, OutputError, UsageError, ClusterError
        As `submit_workflow`.
    """
    return submit_workflow(path, settings).wait(on_status)


def attach_workflow(path: str | Path, run_id: str | None = None) -> WorkflowWatch:
    """Give a watch on a run of a workflow, by its id or the start of it; by default the newest.

    Raises
    ------
    RunNotFoundError
        There is none, or more than one.
    WorkflowError
        The workflow's file cannot be read, so that its name is not known.
    """
    from jupyter_agilab.workflow.running.layout import find_workflow_run
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

    folder, name = _home(path)
    return WorkflowWatch(find_workflow_run(folder, name, run_id))


def workflow_runs(path: str | Path) -> list[WorkflowStatus]:
    """List the runs of a workflow, newest first.

    Raises
    ------
    WorkflowError
        As `attach_workflow`.
    """
    from jupyter_agilab.run.layout import workflow_directories
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

    folder, name = _home(path)
    return [WorkflowWatch(run).refresh() for run in workflow_directories(folder, name)]


def stop_workflow(path: str | Path, run_id: str | None = None) -> WorkflowStatus:
    """Stop a run of a workflow; blocks until its driver has ended. What is finished is kept.

    Raises
    ------
    RunNotFoundError, WorkflowError
        As `attach_workflow`.
    """
    from jupyter_agilab.workflow.running.layout import find_workflow_run
    from jupyter_agilab.workflow.running.stop import stop_workflow_run

    folder, name = _home(path)
    return stop_workflow_run(find_workflow_run(folder, name, run_id))


def workflow_story(path: str | Path, run_id: str | None = None) -> WorkflowStory:
    """Give all that is known about a run of a workflow, in any state, as plain data: what its report tells.

    Raises
    ------
    RunNotFoundError, WorkflowError
        As `attach_workflow`.
    """
    from jupyter_agilab.workflow.running.story import workflow_story as tell

    return tell(attach_workflow(path, run_id).directory)


def workflow_graph(
    path: str | Path, *, text: str | None = None, plan: WorkflowPlan | None = None
) -> dict[str, Any]:
    """Give the form of `WorkflowStatus.to_json` without a run: what displays draw before anything is started.

    A workflow with errors has the stages that could be read.

    Parameters
    ----------
    text
        Taken in place of what the file holds.
    plan
        The workflow's plan: with it the numbers of partitions are told, and what is off.
    """
    from jupyter_agilab.workflow.graph_json import graph_json

    file = read_workflow(workflow_path(path)) if text is None else check_text(text, Path(path))
    return graph_json(file, plan)


def _home(path: str | Path) -> tuple[Path, str]:
    """Give the folder and the name that a workflow's runs are kept under; its other errors do not matter."""
    file = read_workflow(workflow_path(path))
    name = file.workflow.name if file.workflow is not None else file.data.get("name")
    if file.is_contract or not isinstance(name, str) or not name:
        raise WorkflowError(f"{file.path.name or file.path} cannot be used", file.findings)
    return file.folder.resolve(), name


class Workflow(WorkflowBuilder):
    """A workflow from code: built stage by stage, planned and written as a file's, or run for jobs.

    >>> flow = Workflow("lambda_hat", flags=["promote"])
    >>> build = flow.stage("build", "build.parallel_stage.toml")
    >>> sample = flow.stage("sample", "sample.parallel_stage.toml", input=build)
    >>> _ = flow.stage("promote", "promote.parallel_stage.toml", input=sample.artifact, when="promote")
    """

    _jobs: Jobs | None = None

    def check(self) -> WorkflowReport:
        """Say what is wrong with it, as `check_workflow` does of the file that says the same.

        Of stages that are functions only what the workflow says of them is checked.

        Raises
        ------
        WorkflowError
            A value is not what its key takes.
        """
        from jupyter_agilab.workflow.planning.preflight import check_surroundings

        if self.functions:
            findings = check_functions(self.model, self.functions)
            return WorkflowReport(path=str(self.path), ok=not errors_in(findings), findings=findings)
        file = self.file()
        return _report(file, check_surroundings(file))

    def plan(
        self,
        *,
        flags: Iterable[str] = (),
        workers: int | None = None,
        cores: int | None = None,
        cluster: str | None = None,
    ) -> WorkflowPlan:
        """Plan it, as `plan_workflow` does the file that says the same; nothing is written.

        Raises
        ------
        WorkflowError, ClusterError, UsageError
            As `plan_workflow`; also where a stage is a function.
        """
        self._refuse_functions("planned")
        return _plan(self.file(), flags=flags, workers=workers, cores=cores, cluster=cluster)

    def jobs(self, **settings: Any) -> Jobs:
        """Arrange it for jobs: each runs every stage once, and many run at once.

        Stages with a contract are run by its function. See `jupyter_agilab.live.jobs.Jobs` for `settings`
        and for what is raised.
        """
        from jupyter_agilab.live.jobs import Jobs

        settings.setdefault("folder", self.folder)
        return Jobs(self.model, self._all_functions(), **settings)

    async def run(self, job: Any = None) -> JobResult:
        """Run it for one job, at the active place; see `jupyter_agilab.live.jobs.Jobs.run`."""
        return await self._running().run(job)

    async def gather(self, jobs: Iterable[Any]) -> list[JobResult]:
        """Run it for many jobs at once; gives their results in the order of the jobs."""
        return await self._running().gather(jobs)

    async def close(self) -> None:
        """Wait for the jobs under way, tear the groups down, and take no more jobs."""
        await self._running().close()

    def _running(self) -> Jobs:
        if self._jobs is None:
            self._jobs = self.jobs()
        return self._jobs

    def _all_functions(self) -> dict[str, Callable[..., Any]]:
        from jupyter_agilab.contract.load import load_contract
        from jupyter_agilab.live.named_function import function_named

        found = dict(self.functions)
        for name, stage in self.model.stages.items():
            if name not in found:
                path = self.folder / stage.contract
                found[name] = function_named(load_contract(path).function, path.absolute().parent)
        return found
