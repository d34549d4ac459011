"""What ran: the runs below a folder."""

from __future__ import annotations

import calendar
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.run.disk_use import DiskUse, measure
from jupyter_agilab.run.layout import RunDirectory, run_directories, workflow_directories
from jupyter_agilab.run.manifest import artifact_of, read_manifest
from jupyter_agilab.run.types import RunState
from jupyter_agilab.run.watch import run_state


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of ``runs``.

    Attributes
    ----------
    stage, kind
        The name of the stage, or of the workflow: a workflow's run has no partitions and no artifact of its
        own, its stages' runs have.
    submitted
        Seconds since the epoch; 0 where nothing tells.
    age_s
        Seconds since then, when the list was made.
    seconds
        What the run took; 0 while it goes on.
    artifact
        Where the run has one: merged from all partitions, or from all but some where the state is
        ``partial``.
    size_bytes
        What the run's directory takes on disk. Results that it took over from an earlier run of the list are
        linked, and counted there.
    shared_bytes
        Of what the directory holds, the part that other directories link too: removing this run alone does
        not free it.
    """

    run_id: str
    stage: str
    run_dir: str
    state: RunState
    submitted: float
    seconds: float
    partitions: int
    finished: int
    reused: int
    failed: int
    artifact: str | None
    size_bytes: int
    message: str
    age_s: float = 0.0
    shared_bytes: int = 0
    kind: Literal["stage", "workflow"] = "stage"

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``runs --json``."""
        names = {"partitions": "partition_count"}
        return {names.get(name, name): getattr(self, name) for name in self.__slots__}


def list_runs(folder: Path, stage: str | None = None, states: Collection[str] = ()) -> list[RunSummary]:
    """List the runs below `folder`, newest first: of one stage or all, in some states or any."""
    runs = run_directories(folder, stage)
    if states:
        runs = [run for run in runs if run_state(run) in states]
    return _summaries(runs)


def list_all_runs(folder: Path) -> list[RunSummary]:
    """List the runs below `folder`, newest first: of all stages and of all workflows."""
    runs = [*run_directories(folder), *workflow_directories(folder)]
    return _summaries(sorted(runs, key=lambda run: run.run_id, reverse=True))


def _summaries(runs: list[RunDirectory]) -> list[RunSummary]:
    # the oldest first: it made what later ones link
    sizes = measure([run.path for run in reversed(runs)])[::-1]
    return [_summary(run, use) for run, use in zip(runs, sizes, strict=True)]


def _summary(run: RunDirectory, use: DiskUse) -> RunSummary:
    manifest = read_manifest(run) or {}
    state = run_state(run)
    artifact = artifact_of(run, manifest) if state in {"finished", "partial"} else None
    submitted = float(manifest.get("submitted") or _made(run))
    return RunSummary(
        run_id=run.run_id,
        stage=run.stage,
        run_dir=str(run.path),
        state=state,
        submitted=submitted,
        seconds=float(manifest.get("seconds", 0.0)),
        partitions=int(manifest.get("partitions", 0)),
        finished=int(manifest.get("finished", 0)),
        reused=int(manifest.get("reused", 0)),
        failed=int(manifest.get("failed", 0)),
        artifact=str(artifact) if artifact else None,
        size_bytes=use.size_bytes,
        message=str(manifest.get("message", "")),
        age_s=max(0.0, time.time() - submitted) if submitted else 0.0,
        shared_bytes=use.shared_bytes,
        kind="workflow" if run.is_of_workflow else "stage",
    )


def _made(run: RunDirectory) -> float:
    """Give when a run was made, from its id, for a manifest that does not tell."""
    try:
        return float(calendar.timegm(time.strptime(run.run_id[:15], "%Y%m%d-%H%M%S")))
    except ValueError:
        return 0.0
