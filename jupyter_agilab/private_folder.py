"""Folders for temporary files, each locked by the process that made it.

A process that is killed leaves its folder behind. Its lock is gone then, and that is how the folder is known
as nobody's, whatever the process's number means by now.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "jupyter-agilab-private-"
"""How the names of these folders start; eight letters, digits or underscores follow."""

_NAME = re.compile(re.escape(PREFIX) + r"\w{8}")
# between the making of a folder and its lock
_YOUNG_S = 10.0


def new_private_folder() -> Path:
    """Make an empty folder below the system's folder for temporary files; it goes when this process ends.

    Raises
    ------
    OSError
        None can be made.
    """
    folder, _ = _locked_folder()
    atexit.register(_remove_own, folder, os.getpid())
    return folder


def _remove_own(folder: Path, owner: int) -> None:
    # a forked child ends before its parent, and has the parent's list of what to do then
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give an empty folder that is removed when the block ends.

    Raises
    ------
    OSError
        None can be made.
    """
    folder, descriptor = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def abandoned_folders() -> list[Path]:
    """List the folders of processes of this user that have ended; nothing is changed."""
    found: list[Path] = []
    try:
        entries = list(os.scandir(tempfile.gettempdir()))
    except OSError:
        return found
    for entry in entries:
        if _NAME.fullmatch(entry.name) and _is_abandoned(entry):
            found.append(Path(entry.path))
    return sorted(found)


def _locked_folder() -> tuple[Path, int]:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # the system lets go of it when the process ends, however that comes
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return folder, descriptor


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    try:
        descriptor = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        found = os.fstat(descriptor)
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        if not is_ours or time.time() - found.st_mtime < _YOUNG_S:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
