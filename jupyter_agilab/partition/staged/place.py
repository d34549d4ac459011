"""Where staged tables are: ``.agilab/staged/KEY`` beside the contract, made whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.staged.store import HEADER
from jupyter_agilab.partition.stores import is_url, look_at
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.sealed_json import read_sealed, write_sealed

HOME: Final = (".agilab", "staged")
_PART = ".part"
_YOUNG_S = 10.0


def staged_directory(folder: Path, key: str) -> Path:
    """Give where the staged table of that key is, or would be."""
    return folder.joinpath(*HOME, key)


def read_header(directory: Path) -> dict[str, Any] | None:
    """Give what a staged table says of itself; None where there is none, or only a damaged one."""
    try:
        return read_sealed(directory / HEADER)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=16)
def opened_header(directory: Path) -> dict[str, Any]:
    """Give the header of a staged table that a partition is part of; read once per process.

    Raises
    ------
    AgilabError
        It is gone.
    """
    header = read_header(directory)
    if header is None:
        raise AgilabError(
            f"the staged table {directory.name} is gone or damaged",
            hint="plan and run again: it is made anew",
        )
    return header


def is_there(folder: Path, piece: Partition) -> bool:
    """Say whether the staged table of a partition is still there, whatever became of its source."""
    return read_header(staged_directory(folder, (piece.detail or {})["staged"])) is not None


def make(folder: Path, key: str, build: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Make a staged table and give its header.

    A process that is killed leaves only a directory that nobody takes for a staged table, and that the next
    one removes.

    Parameters
    ----------
    build
        Fills a directory and gives the header.

    Raises
    ------
    OSError
        The disk is full or read-only.
    """
    final = staged_directory(folder, key)
    home = final.parent
    home.mkdir(parents=True, exist_ok=True)
    ignored = home.parent / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n", "utf-8")
    for part in abandoned_parts(folder):
        shutil.rmtree(part, ignore_errors=True)
    with _part(home, key) as part:
        header = build(part)
        write_sealed(part / HEADER, header)
        if final.exists() and read_header(final) is None:
            shutil.rmtree(final, ignore_errors=True)
        try:
            part.rename(final)
        except OSError:
            # somebody else was quicker, and made the same
            other = read_header(final)
            if other is None:
                raise
            header = other
    return header


@contextmanager
def _part(home: Path, key: str) -> Iterator[Path]:
    part = home / f".{key}.{os.urandom(4).hex()}{_PART}"
    part.mkdir()
    descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # by this lock others see that its maker lives
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(descriptor)


def abandoned_parts(folder: Path) -> list[Path]:
    """List the half-made staged tables of processes that are gone."""
    return [path for path in _directories(folder) if path.name.endswith(_PART) and _is_abandoned(path)]


def staged_tables(folder: Path) -> list[Path]:
    """List the staged tables of a contract's folder."""
    return [path for path in _directories(folder) if not path.name.endswith(_PART)]


def is_outdated(directory: Path, folder: Path) -> bool:
    """Say whether no plan can use a staged table any more: it is damaged, or a file of its source changed."""
    header = read_header(directory)
    if header is None:
        return True
    for source, size, mtime_ns, version in header.get("files", ()):
        if is_url(source):
            continue
        try:
            now = look_at(source, folder)
        except OSError:
            return True
        if (now.size, now.mtime_ns, now.version) != (size, mtime_ns, version):
            return True
    return False


def _directories(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder.joinpath(*HOME)) as entries:
            return sorted(Path(each.path) for each in entries if each.is_dir(follow_symlinks=False))
    except OSError:
        return []


def _is_abandoned(part: Path) -> bool:
    try:
        descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # between the making of one and its lock
        if time.time() - os.fstat(descriptor).st_mtime < _YOUNG_S:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
