"""What ran: the runs below a contract's folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.run.layout import RunDirectory, run_directories
from jupyter_agilab.run.manifest import artifact_of, read_manifest
from jupyter_agilab.run.types import RunState
from jupyter_agilab.run.watch import run_state


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of ``runs``. Times are seconds since the epoch, ``seconds`` is what the run took."""

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

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``runs --json``."""
        names = {"partitions": "partition_count"}
        return {names.get(name, name): getattr(self, name) for name in self.__slots__}


def list_runs(folder: Path, stage: str | None = None) -> list[RunSummary]:
    """List the runs below `folder`, newest first."""
    return [_summary(run) for run in run_directories(folder, stage)]


def _summary(run: RunDirectory) -> RunSummary:
    manifest = read_manifest(run) or {}
    state = run_state(run)
    return RunSummary(
        run_id=run.run_id,
        stage=run.stage,
        run_dir=str(run.path),
        state=state,
        submitted=float(manifest.get("submitted", 0.0)),
        seconds=float(manifest.get("seconds", 0.0)),
        partitions=int(manifest.get("partitions", 0)),
        finished=int(manifest.get("finished", 0)),
        reused=int(manifest.get("reused", 0)),
        failed=int(manifest.get("failed", 0)),
        artifact=str(artifact_of(run, manifest)) if state == "finished" else None,
        size_bytes=_size(run.path),
        message=str(manifest.get("message", "")),
    )


def _size(path: Path) -> int:
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.stat(os.path.join(folder, name)).st_size  # noqa: PTH116, PTH118  # thousands of files
            except OSError:
                continue
    return total
