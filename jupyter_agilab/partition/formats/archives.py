"""zip and tar archives: each file in them is a partition.

Folders, links and what begins with a dot are left out, as among files; so is ``__MACOSX``.
"""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final

from jupyter_agilab.partition.formats.base import Cutter, Format, Look
from jupyter_agilab.partition.formats.known import format_of
from jupyter_agilab.partition.heads import compression_of
from jupyter_agilab.partition.slices import Pieces
from jupyter_agilab.partition.stores import open_source

Member = tuple[str, int, dict[str, Any]]
"""A member's name, the bytes that it takes in the archive, and how it is reached."""

_ENCRYPTED_FLAG = 1


class MembersCutter:
    """Gives every member as a piece, however many are wanted: a function gets one file."""

    def __init__(self, members: list[Member]) -> None:
        self._members = members

    def by_size(self, wanted: int) -> Pieces:
        """Give all members."""
        del wanted
        return Pieces(
            "member",
            range(len(self._members) + 1),
            details=[{"of": {"member": name}, **place} for name, _, place in self._members],
            weights=[float(size) for _, size, _ in self._members],
            formats=[format_of(name) for name, _, _ in self._members],
        )

    def row_count(self) -> int:
        """Give the number of members."""
        return len(self._members)

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Give all members."""
        return self.by_size(len(bounds))


class _Archive(Format, ABC):
    records: ClassVar[str] = "files"
    has_lines: ClassVar[bool] = False

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of an archive's members, or why they cannot be reached one by one."""
        compression = compression_of(look.head)
        if compression and compression != "zip":
            return (
                f"it is compressed as a whole ({compression}), so a file in it can only be reached by "
                "reading all before it"
            )
        try:
            found = [member for member in self.members(look) if _is_visible(member[0])]
        except _RefusedError as error:
            return str(error)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
            return f"it cannot be read as a {self.name} archive: {error}"
        return MembersCutter(found) if found else "it holds no files"

    @abstractmethod
    def members(self, look: Look) -> Iterator[Member]:
        """Yield the members, in the archive's order."""


class Zip(_Archive):
    """``zip``."""

    name: ClassVar[str] = "zip"

    def members(self, look: Look) -> Iterator[Member]:
        """Yield the members that are files."""
        with open_source(look.file.source, look.folder) as stream, zipfile.ZipFile(stream) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.flag_bits & _ENCRYPTED_FLAG:
                    raise _RefusedError(f"its file {info.filename} is encrypted")
                place = {"at": info.header_offset, "method": info.compress_type, "bytes": info.compress_size}
                yield info.filename, info.compress_size, {**place, "size": info.file_size, "crc": info.CRC}


class Tar(_Archive):
    """``tar``."""

    name: ClassVar[str] = "tar"

    def members(self, look: Look) -> Iterator[Member]:
        """Yield the members that are files with content of their own."""
        with (
            open_source(look.file.source, look.folder) as stream,
            tarfile.open(fileobj=stream, mode="r:") as archive,
        ):
            for info in archive:
                if info.isreg():
                    if info.issparse():
                        raise _RefusedError(f"its file {info.name} is sparse")
                    yield info.name, info.size, {"at": info.offset_data, "method": 0, "size": info.size}


class _RefusedError(Exception):
    pass


def _is_visible(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not any(part.startswith(".") and part != "." for part in parts) and "__MACOSX" not in parts


FORMATS: Final[dict[str, Format]] = {"zip": Zip(), "tar": Tar()}
