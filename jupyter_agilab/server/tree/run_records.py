"""What the tree tells about a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import artifact_of, read_manifest
from jupyter_agilab.run.types import ENDED
from jupyter_agilab.server.places import Root

DAMAGE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a file raises whose values are not what a run writes."""

_MOST_MESSAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run as lists show it.

    Attributes
    ----------
    folder
        The contract's folder, relative to the root.
    contract
        The contract, where it is below the root, else empty.
    submitted, ended
        Seconds since the epoch; 0 where nothing tells.
    seconds
        What the run took; 0 while it goes on.
    artifact
        Where the run has one and it is below the root, else empty.
    cluster
        Name of the cluster that was asked for, else empty.
    workflow, workflow_run
        The workflow that it is a part of, and its run; empty where it is none.
    """

    folder: str
    stage: str
    run_id: str
    state: str
    contract: str = ""
    submitted: float = 0.0
    ended: float = 0.0
    seconds: float = 0.0
    partitions: int = 0
    finished: int = 0
    reused: int = 0
    failed: int = 0
    artifact: str = ""
    message: str = ""
    backend: str = ""
    cluster: str = ""
    workflow: str = ""
    workflow_run: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED

    def to_json(self) -> dict[str, Any]:
        """Give the form of answers."""
        return {name: getattr(self, name) for name in self.__slots__}


def run_record(run: RunDirectory, root: Root) -> RunRecord:
    """Read a run's record; a damaged manifest tells no more than that the run was interrupted."""
    try:
        return _record_of(run, root)
    except DAMAGE:
        return RunRecord(
            folder=root.told(run.path.parents[3]),
            stage=run.stage,
            run_id=run.run_id,
            state="interrupted",
            message="its manifest is damaged",
        )


def _record_of(run: RunDirectory, root: Root) -> RunRecord:
    manifest: Mapping[str, Any] = read_manifest(run) or {}
    folder = run.path.parents[3]
    settings = _table(manifest, "settings")
    workflow = _table(manifest, "workflow")
    state = str(manifest.get("state", "interrupted"))
    artifact = None
    if state in {"finished", "partial"}:
        try:
            artifact = artifact_of(run, manifest)
        except (TypeError, ValueError):
            artifact = None
    return RunRecord(
        folder=root.told(folder),
        stage=run.stage,
        run_id=run.run_id,
        state=state,
        contract=_contract(manifest, folder, root),
        submitted=number_in(manifest, "submitted"),
        ended=number_in(manifest, "ended"),
        seconds=number_in(manifest, "seconds"),
        partitions=int(number_in(manifest, "partitions")),
        finished=int(number_in(manifest, "finished")),
        reused=int(number_in(manifest, "reused")),
        failed=int(number_in(manifest, "failed")),
        artifact=root.told(artifact) if artifact is not None and root.holds(artifact) else "",
        message=root.without_root(str(manifest.get("message", "")))[:_MOST_MESSAGE],
        backend=str(settings.get("backend") or ""),
        cluster=str(settings.get("cluster") or ""),
        workflow=str(workflow.get("name") or ""),
        # its directory, or its id alone
        workflow_run=Path(str(workflow.get("run") or "")).name,
    )


def _contract(manifest: Mapping[str, Any], folder: Path, root: Root) -> str:
    """Name the contract; it goes along where its folder was moved or copied since."""
    path = str(_table(manifest, "contract").get("path") or "")
    if not path:
        return ""
    here = folder / Path(path).name
    return root.told(here) if root.holds(here) else ""


def _table(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = manifest.get(name)
    return value if isinstance(value, dict) else {}


def number_in(manifest: Mapping[str, Any], name: str) -> float:
    """Give a number that a manifest has; 0 where it has none of that name."""
    value = manifest.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0
    return float(value) if is_number else 0.0  # type: ignore[arg-type]  # it is a number
