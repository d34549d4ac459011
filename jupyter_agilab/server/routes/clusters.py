"""``agilab/clusters``: places where runs can happen: listed, checked, started and stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from jupyter_agilab import api
from jupyter_agilab.server.clusters.starts import Starts
from jupyter_agilab.server.clusters.told import clusters_json, health_json, service_json, status_in
from jupyter_agilab.server.handlers import Action, AgilabHandler
from jupyter_agilab.server.refusals import told

_MOST_NAME = 200
_MOST_LEASE_S = 30 * 86_400.0


class ClustersRoute(AgilabHandler):
    """The clusters of a folder."""

    async def on_get(self) -> dict[str, Any]:
        """List them, with what is started; asks no host."""
        folder = self.path_of(self.query("folder").text("folder", ""), "folder")
        return await self.work(clusters_json, folder, self.root)


class StartedRoute(AgilabHandler):
    """What is started."""

    async def on_get(self) -> dict[str, Any]:
        """List what this user started, in all folders."""
        self.query()
        found = await self.work(api.clusters_started)
        return {"clusters": [service_json(each, self.root) for each in found]}


class HealthRoute(AgilabHandler):
    """The health of a started cluster."""

    async def on_get(self) -> dict[str, Any]:
        """Give AGILAB's document, ``agi.service.health.v1``."""
        query = self.query("folder", "name")
        folder = self.path_of(query.text("folder", ""), "folder")
        status = await self.work(status_in, query.text("name", most=_MOST_NAME), folder)
        return health_json(status, self.root)


class CheckRoute(AgilabHandler):
    """Whether a cluster is fit."""

    actions: ClassVar[dict[str, Action]] = {"post": "execute"}

    async def on_post(self) -> dict[str, Any]:
        """Ask every host, worker or job; answers when all have, or cannot."""
        body = self.body("folder", "name", "path")
        folder = self.path_of(body.text("folder", ""), "folder")
        contract = body.text("path", None)
        path = None if contract is None else self.path_of(contract, "file")
        name = body.text("name", most=_MOST_NAME)
        report = await self.long_work(api.check_cluster, name, path, folder=folder)
        answer: dict[str, Any] = self.plain(report.to_json())
        return answer


class StartRoute(AgilabHandler):
    """A cluster, started."""

    actions: ClassVar[dict[str, Action]] = {"post": "execute"}

    async def on_post(self) -> None:
        """Start it; its end is told to all who listen, where it does not come within two seconds."""
        body = self.body("folder", "name", "lease_s", "workers")
        folder = self.path_of(body.text("folder", ""), "folder")
        name = body.text("name", most=_MOST_NAME)
        lease_s = body.number("lease_s", None, low=1, high=_MOST_LEASE_S)
        workers = body.whole("workers", None, low=1, high=10_000)

        async def start() -> None:
            await self.long_work(api.start_cluster, name, folder=folder, lease_s=lease_s, workers=workers)

        is_there = await self.state.kept(Starts).begin(
            name, folder, start, lambda error: self._tell_end(name, folder, error)
        )
        status = await self.work(status_in, name, folder)
        answer = service_json(status, self.root)
        if not is_there and status.state == "stopped":
            answer["state"] = "starting"
        self.answer(answer, 200 if is_there else 202)

    def _tell_end(self, name: str, folder: Path, error: Exception | None) -> None:
        reason = "" if error is None else str(told(error, self.root)["message"])
        self.state.hub(self.root).tell(
            {
                "type": "cluster",
                "folder": self.told(folder),
                "name": name,
                "state": "running" if error is None else "failed",
                "message": reason,
            }
        )


class StopRoute(AgilabHandler):
    """A cluster, stopped."""

    async def on_post(self) -> dict[str, Any]:
        """End it; answers when it is gone."""
        body = self.body("folder", "name")
        folder = self.path_of(body.text("folder", ""), "folder")
        name = body.text("name", most=_MOST_NAME)
        status = await self.work(status_in, name, folder)
        if not status.folder:
            return {"stopped": False}
        stopped = await self.long_work(api.stop_cluster, name, folder=folder)
        if stopped:
            self.state.hub(self.root).tell(
                {
                    "type": "cluster",
                    "folder": self.told(folder),
                    "name": name,
                    "state": "stopped",
                    "message": "",
                }
            )
        return {"stopped": stopped}


ROUTES = (
    (r"clusters", ClustersRoute),
    (r"clusters/started", StartedRoute),
    (r"clusters/health", HealthRoute),
    (r"clusters/check", CheckRoute),
    (r"clusters/start", StartRoute),
    (r"clusters/stop", StopRoute),
)
