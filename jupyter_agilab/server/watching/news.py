"""What is new since the last look: the messages that browsers get. For one thread at a time."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.run.layout import RunDirectory, stage_home
from jupyter_agilab.run.watch import RunStatus
from jupyter_agilab.server.runs.status_json import live_json
from jupyter_agilab.server.runs.statuses import Statuses
from jupyter_agilab.server.tree.index import TreeIndex
from jupyter_agilab.server.tree.listing import Listing
from jupyter_agilab.server.tree.run_records import DAMAGE, ENDED, RunRecord
from jupyter_agilab.server.tree.workflow_records import WorkflowRecord
from jupyter_agilab.server.watching.notices import notice_of, workflow_notice_of
from jupyter_agilab.server.workflows.told import WorkflowStatuses
from jupyter_agilab.workflow.running.layout import workflow_home

VERSION = 1
_FRESH_S = 120.0

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message; a later one with the same key takes the place of one that has not been sent."""

    content: dict[str, Any]
    key: Hashable = None


class News:
    """Compares what is there with what was told.

    Attributes
    ----------
    greeting
        What a browser is told first, as of the last look; None before that.
    """

    def __init__(self, index: TreeIndex, statuses: Statuses, workflows: WorkflowStatuses) -> None:
        self.index = index
        self._statuses = statuses
        self._workflow_statuses = workflows
        self.greeting: Message | None = None
        self._revision = -1
        self._runs: dict[_Key, RunRecord] = {}
        self._live: dict[_Key, dict[str, Any]] = {}
        self._workflows: dict[_Key, WorkflowRecord] = {}
        self._live_workflows: dict[_Key, dict[str, Any]] = {}

    @property
    def has_active(self) -> bool:
        """Whether something goes on."""
        return bool(self._live or self._live_workflows)

    def forget(self) -> None:
        """Begin anew: what is there at the next look is not news."""
        self.greeting, self._revision = None, -1
        for known in (self._runs, self._live, self._workflows, self._live_workflows):
            known.clear()

    def _hello(self) -> Message:
        return Message(
            {
                "type": "hello",
                "version": VERSION,
                "revision": self._revision,
                "runs": list(self._live.values()),
                "workflows": list(self._live_workflows.values()),
            }
        )

    def look(self, *, whole: bool) -> list[Message]:
        """Look, and give what is new; the first look finds nothing new. Blocks.

        Parameters
        ----------
        whole
            Whether the whole tree is looked at, or only what has to do with runs.
        """
        listing = self.index.refresh() if whole else self.index.refresh_if_changed()
        live = dict(self._read_runs(listing))
        workflows = dict(self._read_workflows(listing))
        ended = [status.ended for status in live.values()]
        if any(ended) or any(each["status"]["state"] in ENDED for each in workflows.values()):
            # the manifest says so too, or is about to
            listing = self.index.refresh_runs()
        is_first = self._revision < 0
        found = [*self._tree(listing), *self._of_runs(listing, live), *self._of_workflows(listing, workflows)]
        # made here, once: browsers come at any time, also in the middle of a look
        self.greeting = self._hello()
        return [] if is_first else found

    def _directory(self, run: RunRecord) -> RunDirectory:
        return RunDirectory(stage_home(self.index.root.path / run.folder, run.stage) / run.run_id)

    def _status(self, run: RunRecord) -> RunStatus | None:
        """Read a run's status; None where its files are damaged: one such run must not hide all others."""
        try:
            return self._statuses.of(self._directory(run))
        except (AgilabError, OSError, *DAMAGE):
            return None

    def _read_runs(self, listing: Listing) -> Iterator[tuple[_Key, RunStatus]]:
        for run in listing.active:
            if (status := self._status(run)) is not None:
                yield _key(run), status

    def _read_workflows(self, listing: Listing) -> Iterator[tuple[_Key, dict[str, Any]]]:
        for run in listing.active_workflows:
            if (told := self._workflow(listing, run)) is not None:
                yield _workflow_key(run), told

    def _workflow(self, listing: Listing, run: WorkflowRecord) -> dict[str, Any] | None:
        directory = RunDirectory(workflow_home(self.index.root.path / run.folder, run.name) / run.run_id)
        try:
            status = self._workflow_statuses.of(directory, self.index.root)
        except (AgilabError, OSError, *DAMAGE):
            # a directory that is no run's any more, or never was
            return None
        path = next(
            (each.path for each in listing.workflows if (each.folder, each.name) == (run.folder, run.name)),
            "",
        )
        return {"path": path, "status": status}

    def _tree(self, listing: Listing) -> Iterator[Message]:
        if listing.revision != self._revision:
            self._revision = listing.revision
            yield Message({"type": "tree", "revision": listing.revision}, key="tree")

    def _of_runs(self, listing: Listing, live: dict[_Key, RunStatus]) -> Iterator[Message]:
        runs = {_key(run): run for run in listing.runs}
        before, self._runs = self._runs, runs
        told, self._live = self._live, {}
        for key, status in live.items():
            if key in runs and not runs[key].has_ended:
                self._live[key] = self._told(_as_of(runs[key], status), status)
                if told.get(key) != self._live[key]:
                    yield Message({"type": "run", **self._live[key]}, key=("run", *key))
        for key, run in runs.items():
            if run.has_ended and _is_news(before.get(key), run):
                last = self._status(run)
                if last is None:
                    continue
                yield Message({"type": "run", **self._told(run, last)}, key=("run", *key))
                if not run.workflow:
                    # the end of a workflow is told once, not once for each of its stages
                    notice = notice_of(last, self.index.root)
                    yield Message({"type": "ended", "run": run.to_json(), "notification": notice})

    def _told(self, run: RunRecord, status: RunStatus) -> dict[str, Any]:
        return {"run": run.to_json(), "status": live_json(status, self.index.root)}

    def _of_workflows(self, listing: Listing, live: dict[_Key, dict[str, Any]]) -> Iterator[Message]:
        runs = {_workflow_key(run): run for run in listing.workflow_runs}
        before, self._workflows = self._workflows, runs
        told, self._live_workflows = self._live_workflows, {}
        for key, each in live.items():
            if key in runs and not runs[key].has_ended:
                self._live_workflows[key] = each
                if told.get(key) != each:
                    yield Message({"type": "workflow", **each}, key=("workflow", *key))
        for key, run in runs.items():
            if run.has_ended and _is_news(before.get(key), run):
                last = self._workflow(listing, run)
                if last is not None:
                    yield Message({"type": "workflow", **last}, key=("workflow", *key))
                    notice = workflow_notice_of(last["status"])
                    yield Message({"type": "workflow_ended", **last, "notification": notice})


def _is_news(before: RunRecord | WorkflowRecord | None, run: RunRecord | WorkflowRecord) -> bool:
    """Say whether a run ended since the last look; one that was not known may have been very short."""
    if before is not None:
        return not before.has_ended
    return time.time() - max(run.submitted, run.ended) < _FRESH_S


def _as_of(run: RunRecord, status: RunStatus) -> RunRecord:
    """Give a run as its journal tells of it: the manifest is written at its beginning and its end only."""
    return replace(
        run,
        state=status.state,
        partitions=status.partitions or run.partitions,
        finished=status.finished,
        reused=status.reused,
        failed=status.failed,
    )


def _key(run: RunRecord) -> _Key:
    return run.folder, run.stage, run.run_id


def _workflow_key(run: WorkflowRecord) -> _Key:
    return run.folder, run.name, run.run_id
