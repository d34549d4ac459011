"""Fingerprints of slices: digests of what a slice holds, as far as a stat tells or by the file's content.

By content, a fingerprint has two parts with a dot between them: what decides about results, and the stat that
the content was digested under, so that a worker that finds the same stat need not read the file again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.partition.content_digests import ContentDigests
from jupyter_agilab.partition.stores import look_at
from jupyter_agilab.partition.types import Partition, digest_of


@dataclass(frozen=True, slots=True)
class Slice:
    """Where a slice lies and how it is read; `start` and `stop` say nothing of a whole file.

    ``part`` is what of the file it is a range of, where that is not all: ``of`` in `Partition.detail`.
    """

    kind: str
    source: str
    start: int
    stop: int
    header_bytes: int
    format: str
    part: object = None

    @property
    def where(self) -> tuple[object, ...]:
        """What the slice is, whatever it holds: a file that grows is the same slice with other content."""
        if self.kind == "file":
            return (self.kind, self.source)
        part = () if self.part is None else (self.part,)
        return (self.kind, self.source, self.start, self.stop, *part)

    def fingerprint(self, size: int, mtime_ns: int, content: str = "", version: str = "") -> str:
        """Give the fingerprint for a file of `size` bytes, last changed at `mtime_ns`, with digest `content`.

        `version` is what a store says of a file that has no time of change.
        """
        versions = (version,) if version else ()
        by_stat = digest_of(*self.where, self.header_bytes, self.format, size, mtime_ns, *versions)
        if not content:
            return by_stat
        return f"{digest_of(*self.where, self.header_bytes, self.format, content)}.{by_stat}"


def deciding_part(fingerprint: str) -> str:
    """Give the part of a fingerprint that says whether results are still good."""
    return fingerprint.partition(".")[0]


def is_unchanged(piece: Partition, folder: Path) -> bool:
    """Say whether a slice of a file still holds what its fingerprint says; may have to read the file, once.

    Raises
    ------
    OSError
        The file is gone or cannot be read.
    """
    if "staged" in (piece.detail or {}):
        from jupyter_agilab.partition.staged.place import is_there

        return is_there(folder, piece)
    now = look_at(piece.source, folder)
    part = (piece.detail or {}).get("of")
    place = Slice(piece.kind, piece.source, piece.start, piece.stop, piece.header_bytes, piece.format, part)
    decides, _, by_stat = piece.fingerprint.rpartition(".")
    if place.fingerprint(now.size, now.mtime_ns, version=now.version) == by_stat:
        return True
    if not decides:
        return False
    content = ContentDigests.of_folder(folder).digest(piece.source)
    return deciding_part(place.fingerprint(0, 0, content)) == decides
