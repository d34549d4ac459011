"""The folder tree as plain data: what the sidebar shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.server.tree.run_records import RunRecord
from jupyter_agilab.server.tree.workflow_records import WorkflowRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEntry:
    """A contract of the tree; `stage` is its name, or what its file's name says where it has none."""

    path: str
    folder: str
    stage: str
    is_readable: bool = True
    run_count: int = 0
    last_run: RunRecord | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the form of answers."""
        return {
            "path": self.path,
            "folder": self.folder,
            "stage": self.stage,
            "is_readable": self.is_readable,
            "run_count": self.run_count,
            "last_run": self.last_run.to_json() if self.last_run else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowEntry:
    """A workflow of the tree; `last_run` is its newest, None where it has none."""

    path: str
    folder: str
    name: str
    is_readable: bool = True
    run_count: int = 0
    last_run: WorkflowRecord | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the form of answers."""
        return {
            "path": self.path,
            "folder": self.folder,
            "name": self.name,
            "is_readable": self.is_readable,
            "run_count": self.run_count,
            "last_run_id": self.last_run.run_id if self.last_run else "",
            "last_state": self.last_run.state if self.last_run else "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClustersEntry:
    """A ``clusters.toml`` of the tree: names and kinds of its clusters, as they stand there."""

    path: str
    folder: str
    is_readable: bool = True
    clusters: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the form of answers."""
        return {
            "path": self.path,
            "folder": self.folder,
            "is_readable": self.is_readable,
            "clusters": [{"name": name, "kind": kind} for name, kind in self.clusters],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All of it, at one revision.

    Attributes
    ----------
    revision
        Grows whenever anything of the rest is different, also across restarts of the server.
    contracts, workflows, clusters
        Sorted by path.
    runs
        All runs, newest first.
    workflow_runs
        All runs of workflows, newest first.
    is_whole
        False where the tree is so large that a part was left out.
    """

    revision: int = 0
    contracts: tuple[ContractEntry, ...] = ()
    workflows: tuple[WorkflowEntry, ...] = ()
    clusters: tuple[ClustersEntry, ...] = ()
    runs: tuple[RunRecord, ...] = field(default=(), repr=False)
    workflow_runs: tuple[WorkflowRecord, ...] = field(default=(), repr=False)
    is_whole: bool = True

    @property
    def active_workflows(self) -> tuple[WorkflowRecord, ...]:
        """The runs of workflows that go on."""
        return tuple(run for run in self.workflow_runs if not run.has_ended)

    @property
    def active(self) -> tuple[RunRecord, ...]:
        """The runs that go on."""
        return tuple(run for run in self.runs if not run.has_ended)

    def to_json(self) -> dict[str, Any]:
        """Give the form of answers; of the runs those that go on, the others are counted."""
        return {
            "revision": self.revision,
            "contracts": [each.to_json() for each in self.contracts],
            "workflows": [each.to_json() for each in self.workflows],
            "clusters": [each.to_json() for each in self.clusters],
            "active": [run.to_json() for run in self.active],
            "run_count": len(self.runs),
            "is_whole": self.is_whole,
        }
