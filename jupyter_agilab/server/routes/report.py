"""``GET agilab/run/report`` and ``workflow/report``: the pages that tell how a run went."""

from __future__ import annotations

from jupyter_agilab.errors import RunNotFoundError
from jupyter_agilab.panel.report.page import page_text
from jupyter_agilab.panel.report.workflow_page import workflow_page_text
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.story.story import tell
from jupyter_agilab.server.handlers import AgilabHandler
from jupyter_agilab.server.routes.run import OfRun
from jupyter_agilab.server.routes.workflow import OfWorkflow
from jupyter_agilab.workflow.running.story import workflow_story

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; sandbox allow-scripts"
)
"""The page has one script, which a policy of its own names by its digest. In the sandbox it has an origin of
its own: it cannot ask this server for anything, whatever came into it from a contract or a log."""


class ReportRoute(OfRun):
    """A run's report."""

    async def on_get(self) -> None:
        """Give the page, made from what the run wrote until now; nothing is written."""
        query = self.query("folder", "stage", "run")
        run = await self.work(self.run_named, query)
        show(self, await self.read(run, _page, run))


class WorkflowReportRoute(OfWorkflow):
    """The report of a workflow's run."""

    async def on_get(self) -> None:
        """Give the page: of the newest run by default; nothing is written."""
        query = self.query("path", "run")
        path = self.file_named(query)
        run = await self.work(self.run_named, path, query.text("run", None))
        if run is None:
            raise RunNotFoundError(f"there is no run of {self.told(path)}")
        # also that its files lie below the root, and are as a run writes them
        await self.work(self.status_of, run)
        show(self, await self.work(_workflow_page, run))


def show(handler: AgilabHandler, page: bytes) -> None:
    """Answer with a page that can ask nobody for anything."""
    handler.set_header("Content-Security-Policy", f"{handler.frames_policy}; {_POLICY}")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Referrer-Policy", "no-referrer")
    handler.finish(page, set_content_type="text/html; charset=UTF-8")


def _page(run: RunDirectory) -> bytes:
    # half of a surrogate pair, as in a file name that is not UTF-8, has no bytes
    return page_text(tell(run)).encode("utf-8", "replace")


def _workflow_page(run: RunDirectory) -> bytes:
    return workflow_page_text(workflow_story(run)).encode("utf-8", "replace")


ROUTES = ((r"run/report", ReportRoute), (r"workflow/report", WorkflowReportRoute))
