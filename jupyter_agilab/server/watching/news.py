"""What is new since the last look: the messages that browsers get. For one thread at a time."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.run.layout import RunDirectory, stage_home, workflow_home
from jupyter_agilab.run.types import ENDED
from jupyter_agilab.run.watch import RunStatus
from jupyter_agilab.server.runs.status_json import live_json
from jupyter_agilab.server.runs.statuses import Statuses
from jupyter_agilab.server.tree.index import TreeIndex
from jupyter_agilab.server.tree.listing import Listing
from jupyter_agilab.server.tree.run_records import DAMAGE, RunRecord
from jupyter_agilab.server.tree.workflow_records import WorkflowRecord
from jupyter_agilab.server.watching.notices import notice_of, notice_without_status, workflow_notice_of
from jupyter_agilab.server.workflows.told import WorkflowStatuses

VERSION = 1
# clocks of hosts differ, and a run that nobody knew of may have been over before anybody looked
_FRESH_S = 120.0

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message; a later one with the same key takes the place of one that has not been sent."""

    content: dict[str, Any]
    key: Hashable = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is told of a run, and of its end where it has come; made in one go from one status."""

    told: dict[str, Any]
    has_ended: bool
    notice: dict[str, Any] | None = None


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
        self._since = 0.0
        self._revision = -1
        self._runs: dict[_Key, RunRecord] = {}
        self._live: dict[_Key, dict[str, Any]] = {}
        self._workflows: dict[_Key, WorkflowRecord] = {}
        self._live_workflows: dict[_Key, dict[str, Any]] = {}

    @property
    def has_active(self) -> bool:
        """Whether something goes on."""
        return bool(self._live or self._live_workflows)

    def forget(self, since: float) -> None:
        """Begin anew: what is there at the next look is not news, but for runs that ended after `since`.

        Parameters
        ----------
        since
            Seconds since the epoch: when somebody began to listen.
        """
        self.greeting, self._revision, self._since = None, -1, since
        for known in (self._runs, self._live, self._workflows, self._live_workflows):
            known.clear()

    def look(self, *, whole: bool) -> list[Message]:
        """Look, and give what is new; at the first look only what ended since somebody listens. Blocks.

        Where it raises, what it would have told is told by the next look.

        Parameters
        ----------
        whole
            Whether the whole tree is looked at, or only what has to do with runs.
        """
        begun = time.time()
        listing = self.index.refresh() if whole else self.index.refresh_if_changed()
        seen = dict(self._read_runs(listing))
        seen_workflows = dict(self._read_workflows(listing))
        if any(each.has_ended for each in (*seen.values(), *seen_workflows.values())):
            # the manifest says so too, or is about to
            listing = self.index.refresh_runs()
        runs = {_key(run): run for run in listing.runs}
        workflows = {_workflow_key(run): run for run in listing.workflow_runs}
        live = _going_on(seen, runs)
        live_workflows = _going_on(seen_workflows, workflows)
        found: list[Message] = []
        if self._revision >= 0:
            if listing.revision != self._revision:
                found.append(Message({"type": "tree", "revision": listing.revision}, key="tree"))
            found += _changed("run", live, self._live)
            found += _changed("workflow", live_workflows, self._live_workflows)
            found += self._vanished(runs, workflows)
        found += self._ended_runs(runs)
        found += self._ended_workflows(listing, workflows)
        # all at once, and last: a look that failed in between has told nothing
        self._revision, self._runs, self._workflows = listing.revision, runs, workflows
        self._live, self._live_workflows = live, live_workflows
        if whole:
            self._since = max(self._since, begun - _FRESH_S)
        # made here, once: browsers come at any time, also in the middle of a look
        self.greeting = self._hello()
        return found

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

    def _read_runs(self, listing: Listing) -> Iterator[tuple[_Key, _Seen]]:
        for run in listing.active:
            if (seen := self._run(run)) is not None:
                yield _key(run), seen

    def _read_workflows(self, listing: Listing) -> Iterator[tuple[_Key, _Seen]]:
        for run in listing.active_workflows:
            if (seen := self._workflow(listing, run)) is not None:
                yield _workflow_key(run), seen

    def _run(self, run: RunRecord) -> _Seen | None:
        """Look at a run; None where its files are damaged: one such run must not hide all others."""
        directory = RunDirectory(stage_home(self.index.root.path / run.folder, run.stage) / run.run_id)
        try:
            return self._statuses.read(directory, lambda status: self._seen(run, status))
        except (AgilabError, OSError, *DAMAGE):
            return None

    def _seen(self, run: RunRecord, status: RunStatus) -> _Seen:
        root = self.index.root
        record = run if run.has_ended else _as_of(run, status)
        told = {"run": record.to_json(), "status": live_json(status, root)}
        return _Seen(told, status.ended, notice_of(status, root) if run.has_ended else None)

    def _workflow(self, listing: Listing, run: WorkflowRecord) -> _Seen | None:
        directory = RunDirectory(workflow_home(self.index.root.path / run.folder, run.name) / run.run_id)
        try:
            status = self._workflow_statuses.of(directory, self.index.root)
            notice = workflow_notice_of(status) if run.has_ended else None
        except (AgilabError, OSError, *DAMAGE):
            # a directory that is no run's any more, or never was
            return None
        path = next(
            (each.path for each in listing.workflows if (each.folder, each.name) == (run.folder, run.name)),
            "",
        )
        return _Seen({"path": path, "status": status}, status["state"] in ENDED, notice)

    def _vanished(
        self, runs: Mapping[_Key, RunRecord], workflows: Mapping[_Key, WorkflowRecord]
    ) -> Iterator[Message]:
        """Tell of runs that went on and whose directory is gone: nothing else will be told of them."""
        gone = {"state": "interrupted"}
        for key, told in self._live.items():
            if key not in runs:
                yield Message({"type": "run", "run": told["run"] | gone, "status": None}, key=("run", *key))
        for key, told in self._live_workflows.items():
            if key not in workflows:
                content = {**told, "status": told["status"] | gone}
                yield Message({"type": "workflow", **content}, key=("workflow", *key))

    def _ended_runs(self, runs: Mapping[_Key, RunRecord]) -> Iterator[Message]:
        for key, run in runs.items():
            if not self._is_new_end(self._runs.get(key), run):
                continue
            last = self._run(run)
            if last is not None:
                yield Message({"type": "run", **last.told}, key=("run", *key))
            if not run.workflow:
                # the end of a workflow is told once, not once for each of its stages
                notice = last.notice if last is not None else notice_without_status(run)
                yield Message({"type": "ended", "run": run.to_json(), "notification": notice})

    def _ended_workflows(self, listing: Listing, runs: Mapping[_Key, WorkflowRecord]) -> Iterator[Message]:
        for key, run in runs.items():
            if not self._is_new_end(self._workflows.get(key), run):
                continue
            last = self._workflow(listing, run)
            if last is not None:
                yield Message({"type": "workflow", **last.told}, key=("workflow", *key))
                yield Message({"type": "workflow_ended", **last.told, "notification": last.notice})

    def _is_new_end(self, before: RunRecord | WorkflowRecord | None, run: RunRecord | WorkflowRecord) -> bool:
        """Say whether a run ended since the last look; one that was not known may have been very short."""
        if not run.has_ended:
            return False
        if before is not None:
            return not before.has_ended
        return max(run.submitted, run.ended) >= self._since


def _going_on(
    seen: Mapping[_Key, _Seen], runs: Mapping[_Key, RunRecord] | Mapping[_Key, WorkflowRecord]
) -> dict[_Key, dict[str, Any]]:
    return {key: each.told for key, each in seen.items() if key in runs and not runs[key].has_ended}


def _changed(
    kind: str, now: Mapping[_Key, dict[str, Any]], before: Mapping[_Key, dict[str, Any]]
) -> list[Message]:
    return [
        Message({"type": kind, **told}, key=(kind, *key))
        for key, told in now.items()
        if before.get(key) != told
    ]


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
