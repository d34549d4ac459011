"""What killed processes left behind: half-written files, half-removed runs, folders that nobody owns."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jupyter_agilab.atomic import is_abandoned, stale_parts
from jupyter_agilab.partition.staged.place import abandoned_parts, is_outdated, staged_tables
from jupyter_agilab.private_folder import abandoned_folders
from jupyter_agilab.run.last_words import NAME as ROOM
from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import moved_along, read_manifest
from jupyter_agilab.run.watch import run_state

TRASH = ".trash-"
"""How the name of a directory starts that is being removed; it is no run any more."""

LeftoverKind = Literal[
    "removed run", "half-made run", "half-written file", "temporary folder", "trial", "staged table"
]

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
# a directory without a manifest may be one that is being made this moment
_HALF_MADE_S = 3600.0
_STILL_WORKS = frozenset({"submitted", "running", "reducing"})


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that nobody needs any more."""

    path: Path
    kind: LeftoverKind


def run_homes(folder: Path, stage: str | None) -> list[Path]:
    """List the directories of stages and workflows in a folder, or one stage's; none that is a link."""
    homes: list[Path] = []
    for family in ("runs", "workflows") if stage is None else ("runs",):
        with suppress(OSError), os.scandir(folder / HOME / family) as entries:
            homes += [Path(each.path) for each in entries if each.is_dir(follow_symlinks=False)]
    return sorted(home for home in homes if stage in {None, home.name})


def leftovers(folder: Path, stage: str | None = None) -> list[Leftover]:
    """List what is left over; nothing is changed. Runs that are under way are not looked into."""
    found: list[Leftover] = []
    for home in run_homes(folder, stage):
        lock = StageLock(home / "lock")
        with lock:
            try:
                is_quiet = not lock.path.exists() or lock.acquire(shared=True)
            except OSError:
                is_quiet = False
            found += _in_home(home, is_quiet=is_quiet)
    if stage is None:
        found += [Leftover(path, "temporary folder") for path in abandoned_folders()]
        found += [Leftover(path, "staged table") for path in abandoned_parts(folder)]
        found += staged(folder, only_outdated=True)
    return list(dict.fromkeys(found))


def trials(folder: Path, stage: str | None, older_than_s: float) -> list[Leftover]:
    """List the last trials of stages that are so old and not under way."""
    found: list[Leftover] = []
    try:
        with os.scandir(folder / HOME / "trials") as entries:
            homes = [Path(each.path) for each in entries if each.is_dir(follow_symlinks=False)]
    except OSError:
        return found
    for home in sorted(homes):
        if stage in {None, home.name} and _age_s(home / "last") >= older_than_s and not _is_tried_now(home):
            found.append(Leftover(home, "trial"))
    return found


def staged(folder: Path, older_than_s: float = 0.0, *, only_outdated: bool = False) -> list[Leftover]:
    """List the staged tables that are so old, or whose source has changed; none while a run is under way.

    The next plan stages a table again that it needs.
    """
    tables = [path for path in staged_tables(folder) if _age_s(path) >= older_than_s]
    if only_outdated:
        tables = [path for path in tables if is_outdated(path, folder)]
    if not tables or not all(_is_quiet(home) for home in run_homes(folder, None)):
        return []
    return [Leftover(path, "staged table") for path in tables]


def _is_quiet(home: Path) -> bool:
    lock = StageLock(home / "lock")
    with lock:
        try:
            return not lock.path.exists() or lock.acquire(shared=True)
        except OSError:
            return False


def move_to_trash(path: Path) -> Path:
    """Rename a directory so that it is no run any more, in one step; give where it is.

    Raises
    ------
    OSError
        It is gone, or its folder cannot be written.
    """
    trash = path.with_name(f"{TRASH}{path.name}-{os.urandom(3).hex()}")
    path.rename(trash)
    return trash


def remove(leftover: Leftover) -> None:
    """Remove a leftover; no link is followed. Blocks until it is gone.

    Raises
    ------
    OSError
        Something of it cannot be removed.
    """
    path = leftover.path
    if leftover.kind == "half-written file":
        path.unlink(missing_ok=True)
    elif path.is_symlink():
        raise OSError(f"{path} became a link")
    else:
        remove_tree(path)


def remove_tree(path: Path) -> None:
    """Remove a directory with all that is in it; what somebody else removes meanwhile is as good.

    Raises
    ------
    OSError
        Something of it cannot be removed.
    """
    for _ in range(3):
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            if not path.exists():
                return
        else:
            return
    shutil.rmtree(path, ignore_errors=True)


def _in_home(home: Path, *, is_quiet: bool) -> Iterator[Leftover]:
    with os.scandir(home) as entries:
        directories = [each for each in entries if each.is_dir(follow_symlinks=False)]
    for entry in sorted(directories, key=lambda each: each.name):
        run = RunDirectory(Path(entry.path))
        if entry.name.startswith(TRASH):
            yield Leftover(run.path, "removed run")
        elif not is_quiet or not _RUN_ID.fullmatch(entry.name):
            continue
        elif not run.manifest.is_file():
            if _age_s(run.path) > _HALF_MADE_S:
                yield Leftover(run.path, "half-made run")
        elif run_state(run) not in _STILL_WORKS:
            yield from _half_written(run)


def _half_written(run: RunDirectory) -> Iterator[Leftover]:
    for directory in (run.path, run.segments):
        if directory.is_symlink():
            continue
        for part in sorted(directory.glob("*.part")):
            if not part.is_symlink() and is_abandoned(part):
                yield Leftover(part, "half-written file")
    room = run.path / ROOM
    if room.is_file() and not room.is_symlink():
        yield Leftover(room, "half-written file")
    manifest = read_manifest(run) or {}
    if isinstance(target := manifest.get("target"), str):
        for part in stale_parts(moved_along(run, manifest, Path(target))):
            yield Leftover(part, "half-written file")


def _age_s(path: Path) -> float:
    """Give the seconds since something was last made or removed in a directory; 0 where it is not there."""
    newest = 0.0
    with suppress(OSError):
        newest = path.lstat().st_mtime
        with os.scandir(path) as entries:
            newest = max([newest, *(each.stat(follow_symlinks=False).st_mtime for each in entries)])
    return max(0.0, time.time() - newest) if newest else 0.0


def _is_tried_now(home: Path) -> bool:
    if (home / "last/report.json").exists():
        return False
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if str(home / "last") in (process.info["cmdline"] or ()):
            return True
    return False
