"""The artifact: where it goes, whose file is there now, and how it is replaced."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import remove_parts, replacing
from jupyter_agilab.errors import OutputError
from jupyter_agilab.reduce.types import Reducer, Reduction, Results
from jupyter_agilab.run.layout import run_directories
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.tracebacks import authors_frames

ARTIFACTS = "artifacts"


def prepare_target(target: Path, folder: Path, stage: str, *, overwrite: bool) -> None:
    """Check, before anything runs, that the artifact can be written and is ours to replace.

    A missing ``artifacts`` folder beside the contract is made; any other missing folder is the author's to
    make.

    Raises
    ------
    OutputError
        The folder is missing or read-only, or a file that no run of this stage wrote is there.
    """
    parent = target.parent
    if parent == folder / ARTIFACTS and not parent.exists():
        try:
            parent.mkdir()
        except OSError as error:
            raise OutputError(
                f"the folder {parent} cannot be made: {error.strerror}", hint="make it, or change `output`"
            ) from error
    if not parent.is_dir():
        raise OutputError(
            f"the output folder {parent} does not exist",
            hint=f"make it (mkdir -p {parent}), or change `output`",
        )
    if not os.access(parent, os.W_OK):
        raise OutputError(
            f"the output folder {parent} is read-only",
            hint="make it writable, or change `output` in the contract",
        )
    if target.is_dir():
        raise OutputError(f"the output {target} is a folder", hint="name a file in `output`")
    if target.suffix in {".py", ".ipynb"}:
        raise OutputError(f"the output {target} is source code", hint="name a data file in `output`")
    if target.exists() and not overwrite and not _is_ours(target, folder, stage):
        raise OutputError(
            f"{target} is there already, and no run of {stage!r} wrote it as it is now",
            hint="move it away, choose another `output`, or run with --overwrite",
        )


def write_artifact(
    target: Path,
    reducer: Reducer,
    results: Results,
    progress: Callable[[int], None],
    record: Callable[[dict[str, Any]], None],
) -> Reduction:
    """Merge the results into `target`, which is replaced in one step when the merge is complete.

    Parameters
    ----------
    record
        Called with the new file's identity (see `identity_of`) before it takes its place, so that even a
        driver killed at that moment leaves a note by which the file is known as ours.

    Raises
    ------
    ReduceError
        The results do not fit together; the old artifact stays.
    OutputError
        The file cannot be written.
    """
    remove_parts(target)
    try:
        with replacing(target, lambda temporary: record(identity_of(temporary))) as out:
            return reducer.reduce(results, out, progress)
    except OSError as error:
        if authors_frames(error) is not None:
            raise
        raise OutputError(
            f"the artifact {target} cannot be written: {error.strerror or error}",
            hint="free space or make the folder writable, then run again: finished partitions are kept",
        ) from error


def identity_of(path: Path) -> dict[str, Any]:
    """Give what a file is known by: inode, size in bytes, modification time in nanoseconds."""
    found = path.stat()
    return {"inode": found.st_ino, "size": found.st_size, "mtime_ns": found.st_mtime_ns}


def _is_ours(target: Path, folder: Path, stage: str) -> bool:
    now = identity_of(target)
    for run in run_directories(folder, stage):
        artifact = (read_manifest(run) or {}).get("artifact")
        if artifact and {name: artifact.get(name) for name in now} == now:
            return True
    return False
