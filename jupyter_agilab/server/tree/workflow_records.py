"""What the tree tells about a run of a workflow, read once for each version of its manifest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISREG
from typing import Any

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.tree.run_records import DAMAGE, ENDED, number_in
from jupyter_agilab.workflow.running.layout import read_workflow_manifest
from jupyter_agilab.workflow.running.watch import workflow_run_state

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


class WorkflowRecords:
    """Reads records, each manifest once for each of its versions."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._known: dict[Path, tuple[tuple[int, int, int], WorkflowRecord]] = {}

    def of(self, path: Path) -> WorkflowRecord | None:
        """Give the record of a run's directory; None where it has no manifest."""
        try:
            facts = (path / "manifest.json").lstat()
        except OSError:
            self._known.pop(path, None)
            return None
        if not S_ISREG(facts.st_mode):
            # a link may lead anywhere
            self._known.pop(path, None)
            return None
        version = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        known = self._known.get(path)
        if known is None or known[0] != version:
            known = (version, _record_of(RunDirectory(path), self._root))
            self._known[path] = known
        record = known[1]
        if not record.has_ended:
            try:
                record = replace(record, state=workflow_run_state(RunDirectory(path)))
            except DAMAGE:
                record = replace(record, state="interrupted")
        return record

    def keep_only(self, paths: set[Path]) -> None:
        """Forget all others."""
        if len(self._known) > len(paths):
            self._known = {path: each for path, each in self._known.items() if path in paths}


def _record_of(run: RunDirectory, root: Root) -> WorkflowRecord:
    manifest = read_workflow_manifest(run) or {}
    return WorkflowRecord(
        folder=root.told(run.path.parents[3]),
        name=run.stage,
        run_id=run.run_id,
        state=str(manifest.get("state", "interrupted")),
        submitted=number_in(manifest, "submitted"),
        ended=number_in(manifest, "ended"),
        message=root.without_root(str(manifest.get("message", "")))[:_MOST_MESSAGE],
    )
