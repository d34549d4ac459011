"""The artifact: where it goes, whose file is there now, and how it is replaced."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import remove_parts, replacing
from jupyter_agilab.errors import OutputError
from jupyter_agilab.reduce.types import Reducer, Reduction, Results
from jupyter_agilab.run.layout import RunDirectory, run_directories, stage_home
from jupyter_agilab.run.manifest import artifact_of, read_manifest
from jupyter_agilab.tracebacks import authors_frames

ARTIFACTS = "artifacts"
_LEDGER = "artifacts.jsonl"
# a rename takes no time; whoever holds the folder for longer is none of ours
_TURN_PATIENCE_S = 5.0


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
            parent.mkdir(exist_ok=True)
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
    if target.exists() and not overwrite and not is_artifact_of(target, folder, stage):
        raise OutputError(
            f"{target} is there already, and no run of {stage!r} wrote it as it is now",
            hint="move it away, choose another `output`, or run with --overwrite",
        )


def partial_path(target: Path) -> Path:
    """Give the name of an artifact that lacks some partitions: ``result.partial.csv``."""
    return target.with_name(f"{target.stem}.partial{target.suffix}")


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
        driver killed at that moment leaves a note by which the file is known as ours. What it raises leaves
        the old artifact. Only one run does this at a time, of all that write into the same folder.

    Raises
    ------
    ReduceError
        The results do not fit together; the old artifact stays.
    OutputError
        The file cannot be written.
    """
    remove_parts(target)
    try:
        with ExitStack() as turn:

            def ready(temporary: Path) -> None:
                turn.enter_context(_alone_in(target.parent))
                record(identity_of(temporary))

            with replacing(target, ready) as out:
                return reducer.reduce(results, out, progress)
    except OSError as error:
        if authors_frames(error) is not None:
            raise
        raise OutputError(
            f"the artifact {target} cannot be written: {error.strerror or error}",
            hint="free space or make the folder writable, then run again: finished partitions are kept",
        ) from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait for the turn to replace a file of a folder; where the file system does not lock, go at once."""
    deadline = time.monotonic() + _TURN_PATIENCE_S
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        while time.monotonic() < deadline:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
                continue
            except OSError:
                pass
            break
        yield
    finally:
        os.close(descriptor)


def identity_of(path: Path) -> dict[str, Any]:
    """Give what a file is known by: inode, size in bytes, modification time in nanoseconds."""
    found = path.stat()
    return {"inode": found.st_ino, "size": found.st_size, "mtime_ns": found.st_mtime_ns}


def remember_artifact(run: RunDirectory) -> None:
    """Note, before a run is removed, the artifact that it wrote, so that the stage may still replace it.

    Nothing is noted where the file is gone or another one by now.

    Raises
    ------
    OSError
        The note cannot be written.
    """
    manifest = read_manifest(run) or {}
    path = artifact_of(run, manifest)
    if path is None or not path.is_file():
        return
    now = identity_of(path)
    if _has_identity(manifest["artifact"], now) and now not in _remembered(run.path.parent):
        with (run.path.parent / _LEDGER).open("ab", buffering=0) as ledger:
            ledger.write(json.dumps(now).encode() + b"\n")


def is_artifact_of(target: Path, folder: Path, stage: str) -> bool:
    """Say whether a file is, as it is now, what a run of a stage wrote."""
    if run_that_wrote(target, folder, stage) is not None:
        return True
    return identity_of(target) in _remembered(stage_home(folder, stage))


def run_that_wrote(target: Path, folder: Path, stage: str) -> RunDirectory | None:
    """Give the run of a stage that wrote a file as it is now; None where none that is left did."""
    now = identity_of(target)
    for run in run_directories(folder, stage):
        if _has_identity((read_manifest(run) or {}).get("artifact"), now):
            return run
    return None


def _has_identity(artifact: Any, identity: dict[str, Any]) -> bool:
    return isinstance(artifact, dict) and {name: artifact.get(name) for name in identity} == identity


def _remembered(home: Path) -> list[Any]:
    found: list[Any] = []
    try:
        lines = (home / _LEDGER).read_bytes().splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
