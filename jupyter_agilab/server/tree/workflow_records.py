"""What the tree tells about a run of a workflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.types import ENDED
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.tree.run_records import number_in

_MOST_MESSAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRecord:
    """A run of a workflow as lists show it; times are seconds since the epoch, 0 where nothing tells.

    ``folder`` is that of the workflow's file, relative to the root.
    """

    folder: str
    name: str
    run_id: str
    state: str
    submitted: float = 0.0
    ended: float = 0.0
    message: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED

    def to_json(self) -> dict[str, Any]:
        """Give the form of answers."""
        return {name: getattr(self, name) for name in self.__slots__}


def workflow_record(run: RunDirectory, root: Root) -> WorkflowRecord:
    """Read a record; a damaged manifest tells no more than that the run was interrupted."""
    manifest = read_manifest(run) or {}
    return WorkflowRecord(
        folder=root.told(run.path.parents[3]),
        name=run.stage,
        run_id=run.run_id,
        state=str(manifest.get("state", "interrupted")),
        submitted=number_in(manifest, "submitted"),
        ended=number_in(manifest, "ended"),
        message=root.without_root(str(manifest.get("message", "")))[:_MOST_MESSAGE],
    )
