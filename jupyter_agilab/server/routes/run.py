"""``agilab/run``: one run: how it is, what failed, what it printed; started, stopped, retried, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar

from jupyter_agilab import api
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.stop import stop_run
from jupyter_agilab.run.submit import RunSettings
from jupyter_agilab.server.fields import Fields
from jupyter_agilab.server.handlers import Action, AgilabHandler
from jupyter_agilab.server.runs.failures import failures_of
from jupyter_agilab.server.runs.log_lines import MOST_LINES, last_lines
from jupyter_agilab.server.runs.named import run_of
from jupyter_agilab.server.runs.removing import remove_run
from jupyter_agilab.server.runs.starting import SETTINGS, contract_of, settings_of, start
from jupyter_agilab.server.runs.status_json import status_json
from jupyter_agilab.server.runs.statuses import Statuses
from jupyter_agilab.server.tree.run_records import DAMAGE

_NAMES = ("folder", "stage", "run")
_P = ParamSpec("_P")
_T = TypeVar("_T")
_MOST_CONTRACT = 1 << 18


class OfRun(AgilabHandler):
    """What all routes about one run share."""

    def run_named(self, fields: Fields) -> RunDirectory:
        """Find the run that a request names; blocks for a moment."""
        folder = self.path_of(fields.text("folder"), "folder")
        return run_of(self.root, folder, fields.text("stage"), fields.text("run", None))

    def run_json(self, run: RunDirectory) -> dict[str, Any]:
        """Give the run as lists have it."""
        return self.state.tree(self.root).record(run).to_json()

    async def read(
        self, run: RunDirectory, function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Call what reads the files of a run, in a thread.

        Raises
        ------
        AgilabError
            They are not as a run writes them.
        """
        try:
            return await self.work(function, *args, **kwargs)
        except AgilabError:
            raise
        except DAMAGE as error:
            self.log.warning("run %s is damaged", run.path, exc_info=True)
            raise AgilabError(
                f"the files of run {run.run_id} of {run.stage!r} are damaged",
                hint="remove it, and run the contract again",
            ) from error

    def whole(self, run: RunDirectory) -> dict[str, Any]:
        """Give the run with its status; blocks while its journal is read."""
        status = self.state.kept(Statuses).read(run, lambda status: status_json(status, self.root))
        return {"run": self.run_json(run), "status": status}


class RunRoute(OfRun):
    """One run."""

    async def on_get(self) -> dict[str, Any]:
        """Say how it is."""
        query = self.query(*_NAMES)
        run = await self.work(self.run_named, query)
        told = await self.read(run, self.whole, run)
        contract = (await self.work(read_manifest, run) or {}).get("contract")
        text = str(contract.get("text", "")) if isinstance(contract, dict) else ""
        return {**told, "contract_text": text[:_MOST_CONTRACT]}

    async def on_delete(self) -> dict[str, Any]:
        """Remove it, unless it must stay."""
        query = self.query(*_NAMES, "force")
        query.text("run")
        run = await self.work(self.run_named, query)
        told = await self.long_work(remove_run, run, force=query.flag("force"))
        self.state.nudge()
        answer: dict[str, Any] = self.plain(told)
        return answer


class FailuresRoute(OfRun):
    """What failed in a run."""

    async def on_get(self) -> dict[str, Any]:
        """Give the causes, and the partitions that failed for good, in the order in which they did."""
        query = self.query(*_NAMES, "limit")
        limit = query.whole("limit", 50, low=1, high=1000)
        run = await self.work(self.run_named, query)
        told = await self.read(run, self.whole, run)
        failures = await self.read(run, failures_of, run, limit)
        return {
            "run": told["run"],
            "count": told["status"]["failed"],
            "causes": told["status"]["causes"],
            "failures": self.plain(failures),
        }


class LogsRoute(OfRun):
    """What a run's partitions printed."""

    async def on_get(self) -> dict[str, Any]:
        """Give the last lines."""
        query = self.query(*_NAMES, "tail", "grep", "stream", "failed", "partitions")
        tail = query.whole("tail", 200, low=1, high=MOST_LINES)
        stream = query.choice("stream", ("stdout", "stderr"), None)
        run = await self.work(self.run_named, query)
        lines = await self.read(
            run,
            last_lines,
            run,
            self.root,
            tail=tail,
            partitions=query.text("partitions", None),
            text=query.text("grep", "", most=500),
            stream=stream,  # type: ignore[arg-type]  # one of the two
            failed=query.flag("failed"),
        )
        return {"run": await self.work(self.run_json, run), **lines}


class StartRoute(OfRun):
    """A run of a contract, started."""

    actions: ClassVar[dict[str, Action]] = {"post": "execute"}

    async def on_post(self) -> None:
        """Start it; answers when its plan is written."""
        body = self.body("path", *SETTINGS)
        path = self.path_of(body.text("path"), "file")
        await self.started(path, settings_of(body, self.root))

    async def started(self, path: Path, settings: RunSettings) -> None:
        """Start a run and tell everybody."""
        run = await self.long_work(start, path, settings)
        self.state.nudge()
        self.answer({"run": await self.work(self.run_json, run)}, 201)


class RetryRoute(StartRoute):
    """The failed partitions of a run, once more."""

    async def on_post(self) -> None:
        """Start a run of the contract as it is now, which does the failed partitions alone."""
        body = self.body(*_NAMES, "workers", "cluster", "overwrite")
        run = await self.work(self.run_named, body)
        path = await self.work(contract_of, run, self.root)
        await self.started(path, replace(settings_of(body, self.root), only="failed"))


class StopRoute(OfRun):
    """A run, stopped."""

    async def on_post(self) -> dict[str, Any]:
        """Stop it; what is finished is kept. Answers when its driver has ended, after 15 s at most."""
        body = self.body(*_NAMES)
        body.text("run")
        run = await self.work(self.run_named, body)
        await self.state.stopping.do(stop_run, run)
        self.state.nudge()
        return await self.read(run, self.whole, run)


class ExplainRoute(AgilabHandler):
    """Why a run of now would do a partition, or take its result over."""

    async def on_get(self) -> dict[str, Any]:
        """Give the reasons, each with how many partitions it is that of; runs nothing."""
        query = self.query("path")
        path = self.path_of(query.text("path"), "file")
        await self.may_look_at(path)
        told = await self.work(api.explain, path)
        return {"path": self.told(path), **self.plain(told.to_json())}


ROUTES = (
    (r"run", RunRoute),
    (r"run/failures", FailuresRoute),
    (r"run/logs", LogsRoute),
    (r"run/start", StartRoute),
    (r"run/retry", RetryRoute),
    (r"run/stop", StopRoute),
    (r"explain", ExplainRoute),
)
