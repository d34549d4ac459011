"""``agilab/runs`` and ``agilab/run/clean``: the list of runs, and old ones cleaned away."""

from __future__ import annotations

from typing import Any, get_args

from jupyter_agilab import api
from jupyter_agilab.errors import UsageError
from jupyter_agilab.run.disk_use import measure
from jupyter_agilab.run.layout import stage_home
from jupyter_agilab.run.types import RunState
from jupyter_agilab.server.handlers import AgilabHandler
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.runs.named import checked_name, runs_without_links
from jupyter_agilab.server.tree.run_records import RunRecord

_STATES = get_args(RunState)
_MOST = 2000


class RunsRoute(AgilabHandler):
    """The runs of the tree, or of a folder."""

    async def on_get(self) -> dict[str, Any]:
        """Give them, newest first; with ``sizes`` what each takes on disk."""
        query = self.query("folder", "stage", "states", "limit", "offset", "sizes")
        folder = query.text("folder", None)
        if folder is not None:
            folder = self.told(self.path_of(folder, "folder"))
        stage = query.text("stage", None)
        states = _states(query.texts("states", []))
        limit = query.whole("limit", 200, low=1, high=_MOST)
        offset = query.whole("offset", 0)
        has_sizes = query.flag("sizes")
        listing = await self.listing()
        found = [
            run
            for run in listing.runs
            if (folder is None or run.folder == folder)
            and (stage is None or run.stage == stage)
            and (not states or run.state in states)
        ]
        shown = found[offset : offset + limit]
        runs = [run.to_json() for run in shown]
        if has_sizes:
            sizes = await self.work(_sizes, self.root, shown)
            runs = [run | size for run, size in zip(runs, sizes, strict=True)]
        return {"revision": listing.revision, "count": len(found), "runs": runs}


class CleanRoute(AgilabHandler):
    """Old runs of a folder, removed; a dry run unless that is switched off."""

    async def on_post(self) -> dict[str, Any]:
        """Remove them, or say what would go."""
        body = self.body(
            *("folder", "stage", "older_than", "keep", "failed", "states"),
            *("all_runs", "force_unreduced", "dry_run"),
        )
        folder = self.path_of(body.text("folder"), "folder")
        stage = body.text("stage", None)
        done = await self.long_work(
            api.clean,
            await self.work(runs_without_links, self.root, folder),
            stage=None if stage is None else checked_name(stage, "stage"),
            older_than=body.text("older_than", None, most=40),
            keep=body.whole("keep", None),
            failed=body.flag("failed"),
            states=_states(body.texts("states", [])),
            all_runs=body.flag("all_runs"),
            force_unreduced=body.flag("force_unreduced"),
            dry_run=body.flag("dry_run", True),
        )
        return {**self.plain(done.to_json()), "folder": self.told(folder)}


def _states(states: list[str]) -> list[str]:
    for state in states:
        if state not in _STATES:
            raise UsageError(f"{state[:60]!r} is no state of a run", hint=f"known: {', '.join(_STATES)}")
    return states


def _sizes(root: Root, runs: list[RunRecord]) -> list[dict[str, int]]:
    # the oldest first: it made what later ones link
    paths = [stage_home(root.path / run.folder, run.stage) / run.run_id for run in reversed(runs)]
    return [{"size_bytes": use.size_bytes, "shared_bytes": use.shared_bytes} for use in measure(paths)[::-1]]


ROUTES = ((r"runs", RunsRoute), (r"run/clean", CleanRoute))
