"""Which run a request means: by folder, stage and id, never by a path of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from jupyter_agilab.errors import RunNotFoundError, UsageError
from jupyter_agilab.run.layout import RunDirectory, run_directories, stage_home
from jupyter_agilab.server.places import Root

_NAME = re.compile(r"[^/\\\x00-\x1f\x7f.][^/\\\x00-\x1f\x7f]{0,199}")
_READ_WHOLE = ("code", "logs", "workers")


def checked_name(name: str, what: str) -> str:
    """Give the name of a stage or a run as it is, where it can be one.

    Raises
    ------
    UsageError
        It cannot.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:60]!r} cannot be the name of a {what}")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{name[:60]!r} cannot be the name of a {what}") from None
    return name


def run_of(root: Root, folder: Path, stage: str, run_id: str | None) -> RunDirectory:
    """Find a run; without an id the newest of its stage.

    Parameters
    ----------
    folder
        The contract's folder, absolute, below the root.

    Raises
    ------
    UsageError
        Stage or id cannot be names.
    RunNotFoundError
        There is none, or its files lead out of the root.
    """
    checked_name(stage, "stage")
    if run_id is None:
        found = next(iter(run_directories(folder, stage)), None)
        if found is None:
            raise RunNotFoundError(f"there is no run of {stage!r} in {root.told(folder) or 'this folder'}")
    else:
        found = RunDirectory(stage_home(folder, stage) / checked_name(run_id, "run"))
    if not (root.keeps(found.path) and found.manifest.is_file()) or has_links(found.path):
        raise RunNotFoundError(
            f"there is no run {found.run_id!r} of {stage!r} in {root.told(folder) or 'this folder'}"
        )
    return found


def runs_without_links(root: Root, folder: Path) -> Path:
    """Give a folder as it is, where its runs do not lie somewhere else.

    Raises
    ------
    UsageError
        They do, in part or all.
    """
    home = stage_home(folder, "").resolve()
    runs = run_directories(folder)
    if not root.keeps(home) or any(run.path.is_symlink() or run.path.parent.is_symlink() for run in runs):
        raise UsageError(
            f"runs of {root.told(folder) or 'this folder'} are links to somewhere else",
            hint="clean them where they are, in a terminal",
        )
    return folder


def has_links(run: Path) -> bool:
    """Say whether files that are read whole are links: no run of ours has any, and they may lead anywhere."""
    try:
        with os.scandir(run) as entries:
            if any(entry.is_symlink() for entry in entries):
                return True
        for part in _READ_WHOLE:
            for folder, folders, files in os.walk(run / part):
                if any(Path(folder, name).is_symlink() for name in (*folders, *files)):
                    return True
    except OSError:
        return True
    return False
