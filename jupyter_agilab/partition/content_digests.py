"""Digests of whole input files, read once: what was digested is remembered in ``.agilab/digests.jsonl``.

A remembered digest holds while size, both times and the inode are as they were. The time of the inode's last
change cannot be set back by a program, so a file that was rewritten with its old size and time is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from jupyter_agilab.atomic import write_bytes

PLACE: Final = (".agilab", "digests.jsonl")
_GARBAGE = 1000
# within so short a time two changes of a file may have the same time
_SETTLED_NS = 2_000_000_000

Stamp = tuple[int, int, int, int]


class ContentDigests:
    """The digests of the files below a contract's folder.

    Where they cannot be remembered, on a disk that is full or read-only, files are read again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder.joinpath(*PLACE)
        self._known: dict[str, tuple[Stamp, str]] = {}
        lines = self._load()
        if lines > 2 * len(self._known) + _GARBAGE:
            self._tidy()

    @staticmethod
    def of_folder(folder: Path) -> ContentDigests:
        """Give the digests of a folder; the same object while this process asks about few folders."""
        return _of_folder(folder)

    def digest(self, source: str) -> str:
        """Give the digest of a file's bytes, 32 hexadecimal digits; reads the file unless it is known.

        Raises
        ------
        OSError
            The file cannot be read.
        """
        path = self._folder / source
        stamp = _stamp(os.stat(path))  # noqa: PTH116  # measurably faster for many files
        known = self._known.get(source)
        if known is not None and known[0] == stamp:
            return known[1]
        with path.open("rb") as file:
            before = _stamp(os.fstat(file.fileno()))
            found = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
            after = _stamp(os.fstat(file.fileno()))
        if before == after and time.time_ns() - max(before[1:3]) > _SETTLED_NS:
            self._remember(source, before, found)
        return found

    def _remember(self, source: str, stamp: Stamp, digest: str) -> None:
        self._known[source] = (stamp, digest)
        with suppress(OSError):
            if not self._path.parent.is_dir():
                self._path.parent.mkdir()
                (self._path.parent / ".gitignore").write_text("*\n", "utf-8")
            with self._path.open("ab", buffering=0) as file:
                # one write, so that lines of two processes do not mix
                file.write(_line(source, stamp, digest))

    def _load(self) -> int:
        count = 0
        with suppress(OSError), self._path.open("rb") as file:
            for line in file:
                count += 1
                # a line that was not written whole is as good as none
                with suppress(ValueError, TypeError):
                    source, size, mtime_ns, ctime_ns, inode, digest = json.loads(line)
                    self._known[source] = ((size, mtime_ns, ctime_ns, inode), digest)
        return count

    def _tidy(self) -> None:
        lines = [_line(source, stamp, digest) for source, (stamp, digest) in self._known.items()]
        with suppress(OSError):
            write_bytes(self._path, b"".join(lines))


@lru_cache(maxsize=4)
def _of_folder(folder: Path) -> ContentDigests:
    return ContentDigests(folder)


def _line(source: str, stamp: Stamp, digest: str) -> bytes:
    return json.dumps([source, *stamp, digest]).encode() + b"\n"


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
