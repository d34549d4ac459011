"""``agilab/workflow``: a workflow as a graph, with the state of a run; checked, planned, run and stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from jupyter_agilab import workflows
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.server.fields import Fields
from jupyter_agilab.server.handlers import Action, AgilabHandler
from jupyter_agilab.server.tree.run_records import DAMAGE
from jupyter_agilab.server.workflows.named import run_of, runs_of
from jupyter_agilab.server.workflows.told import WorkflowStatuses, workflow_json
from jupyter_agilab.workflow.running.settings import WorkflowSettings
from jupyter_agilab.workflow.running.stop import stop_workflow_run

_BACKENDS = ("local", "pool", "threads", "dask")
_SETTINGS = ("flags", "backend", "cluster", "workers", "batch_size", "force", "overwrite")
_MOST_FLAGS = 200


class OfWorkflow(AgilabHandler):
    """What all routes about a workflow share."""

    def file_named(self, fields: Fields) -> Path:
        """Find the file that a request names."""
        return self.path_of(fields.text("path"), "file")

    def run_named(self, path: Path, run_id: str | None) -> RunDirectory | None:
        """Find the run that a request names: the newest by default; None where there is none."""
        return run_of(path, run_id) if run_id is not None else next(iter(runs_of(path)), None)

    def status_of(self, run: RunDirectory) -> dict[str, Any]:
        """Give the status of a run; blocks while its journals are read."""
        try:
            return self.state.kept(WorkflowStatuses).of(run, self.root)
        except AgilabError:
            raise
        except DAMAGE as error:
            raise AgilabError(
                f"the files of run {run.run_id} of the workflow {run.stage!r} are damaged",
                hint="run the workflow again",
            ) from error


class WorkflowRoute(OfWorkflow):
    """A workflow."""

    async def on_get(self) -> dict[str, Any]:
        """Give its graph with the state of a run: the newest by default; without any as it is planned."""
        query = self.query("path", "run", "planned")
        path = self.file_named(query)
        is_planned = query.flag("planned")
        run = None if is_planned else await self.work(self.run_named, path, query.text("run", None))
        if run is not None:
            status = await self.work(self.status_of, run)
        else:
            status = workflow_json(await self.work(workflows.workflow_graph, path), self.root)
        return {"path": self.told(path), "status": status}


class RunsRoute(OfWorkflow):
    """The runs of a workflow."""

    async def on_get(self) -> dict[str, Any]:
        """List them, newest first."""
        path = self.file_named(self.query("path"))
        listing = await self.listing()
        names = {run.run_id for run in await self.work(runs_of, path)}
        folder = self.told(path.parent)
        found = [run for run in listing.workflow_runs if run.folder == folder and run.run_id in names]
        return {"path": self.told(path), "runs": [run.to_json() for run in found]}


class CheckRoute(OfWorkflow):
    """What is wrong with a workflow."""

    async def on_get(self) -> dict[str, Any]:
        """Check it, its contracts and functions; runs nothing."""
        path = self.file_named(self.query("path"))
        await self.may_look_at(path)
        report = await self.work(workflows.check_workflow, path)
        return {**self.plain(report.to_json()), "path": self.told(path)}


class PlanRoute(OfWorkflow):
    """A workflow's plan."""

    async def on_get(self) -> dict[str, Any]:
        """Plan it; runs nothing."""
        query = self.query("path", "flags", "workers", "cluster")
        path = self.file_named(query)
        await self.may_look_at(path)
        plan = await self.work(
            workflows.plan_workflow,
            path,
            flags=query.texts("flags", [], most=_MOST_FLAGS),
            workers=query.whole("workers", None, low=1, high=100_000),
            cluster=query.text("cluster", None, most=200),
        )
        return {**self.plain(plan.to_json()), "path": self.told(path)}


class ExplainRoute(OfWorkflow):
    """Why a run of now would do a partition, or take its result over."""

    async def on_get(self) -> dict[str, Any]:
        """Give the reasons, stage by stage; runs nothing."""
        query = self.query("path", "flags")
        path = self.file_named(query)
        await self.may_look_at(path)
        flags = query.texts("flags", [], most=_MOST_FLAGS)
        told = await self.work(workflows.explain_workflow, path, flags=flags)
        return {"path": self.told(path), **self.plain(told.to_json())}


class RunRoute(OfWorkflow):
    """A run of a workflow, started."""

    actions: ClassVar[dict[str, Action]] = {"post": "execute"}

    async def on_post(self) -> None:
        """Start it; answers when its plan is written."""
        body = self.body("path", *_SETTINGS)
        path = self.file_named(body)
        settings = WorkflowSettings(
            flags=tuple(body.texts("flags", [], most=_MOST_FLAGS)),
            backend=body.choice("backend", _BACKENDS, None),  # type: ignore[arg-type]  # one of them
            cluster=body.text("cluster", None, most=200),
            workers=body.whole("workers", None, low=1, high=100_000),
            batch_size=body.whole("batch_size", None, low=1),
            force=body.flag("force"),
            overwrite=body.flag("overwrite"),
        )
        watch = await self.long_work(workflows.submit_workflow, path, settings)
        self.state.nudge()
        status = await self.work(self.status_of, watch.directory)
        self.answer({"path": self.told(path), "status": status}, 201)


class StopRoute(OfWorkflow):
    """A run of a workflow, stopped."""

    async def on_post(self) -> dict[str, Any]:
        """Stop it; what is finished is kept. Answers when its driver has ended."""
        body = self.body("path", "run")
        path = self.file_named(body)
        run = await self.work(run_of, path, body.text("run"))
        # also that it lies below the root
        await self.work(self.status_of, run)
        await self.state.stopping.do(stop_workflow_run, run)
        self.state.nudge()
        return {"path": self.told(path), "status": await self.work(self.status_of, run)}


ROUTES = (
    (r"workflow", WorkflowRoute),
    (r"workflow/runs", RunsRoute),
    (r"workflow/check", CheckRoute),
    (r"workflow/plan", PlanRoute),
    (r"workflow/explain", ExplainRoute),
    (r"workflow/run", RunRoute),
    (r"workflow/stop", StopRoute),
)
