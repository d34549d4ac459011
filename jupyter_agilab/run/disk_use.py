"""What runs take on disk. Results that a run took over from another are linked, and counted once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What a directory takes.

    Attributes
    ----------
    size_bytes
        What no directory measured before it has.
    shared_bytes
        Of all that it holds, what is in files that are linked from elsewhere too.
    """

    size_bytes: int
    shared_bytes: int


def measure(directories: Sequence[Path]) -> list[DiskUse]:
    """Measure directories; a file that several of them link counts for the first. Links are not followed."""
    seen: set[tuple[int, int]] = set()
    found: list[DiskUse] = []
    for directory in directories:
        size = shared = 0
        for file in _files(directory):
            if file.st_nlink == 1:
                size += file.st_size
                continue
            shared += file.st_size
            place = (file.st_dev, file.st_ino)
            if place not in seen:
                seen.add(place)
                size += file.st_size
        found.append(DiskUse(size, shared))
    return found


def freed_by_removing(directories: Iterable[Path]) -> int:
    """Give the bytes that are free once all these are gone: not those that another directory links too."""
    size = 0
    links: Counter[tuple[int, int, int, int]] = Counter()
    for directory in directories:
        for file in _files(directory):
            if file.st_nlink == 1:
                size += file.st_size
            else:
                links[file.st_dev, file.st_ino, file.st_nlink, file.st_size] += 1
    return size + sum(bytes_ for (_, _, count, bytes_), seen in links.items() if seen >= count)


def _files(path: Path | str) -> Iterator[os.stat_result]:
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _files(entry.path)
                    continue
                try:
                    yield entry.stat(follow_symlinks=False)
                except OSError:
                    continue
    except NotADirectoryError:
        yield os.lstat(path)
    except OSError:
        return
