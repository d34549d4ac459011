"""One file of the input, and reading parts of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.content_digests import ContentDigests
from jupyter_agilab.partition.frames import Frames
from jupyter_agilab.partition.stores import open_raw


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that the contract's input names.

    Attributes
    ----------
    source
        As the contract names it: relative to its folder with ``/``, or absolute or a URL where the author
        wrote it so.
    size, mtime_ns, version
        As in `jupyter_agilab.partition.stores.Seen`.
    digests
        Where the digest of its content is found, if its content is to be looked at.
    """

    source: str
    size: int
    mtime_ns: int
    digests: ContentDigests | None = None
    version: str = ""

    def content(self) -> str:
        """Give the digest of the file's content, empty where nobody wants it; may read all of it.

        Raises
        ------
        PlanError
            It cannot be read.
        """
        if self.digests is None:
            return ""
        try:
            return self.digests.digest(self.source)
        except OSError as error:
            raise unreadable(self.source, error) from error


def unreadable(source: str, error: Exception) -> PlanError:
    """Give the error for an input file that cannot be read while planning."""
    told = (error.strerror if isinstance(error, OSError) else None) or str(error)
    reason = next(iter(told.splitlines()), "") or type(error).__name__
    finding = Finding(
        code="partition.unreadable",
        message=f"the input {source} cannot be read: {reason}",
        level="environment",
        key="input",
        path=source,
        hint="make it readable, or leave it out of `input`",
    )
    return PlanError("the input cannot be read", [finding])


class ByteFile:
    """A file read by position; never more than asked for is in memory.

    Raises
    ------
    PlanError
        The file cannot be opened or read.

    Attributes
    ----------
    frames
        Where the frames of a compressed file are; None where the file is read as it is.
    """

    frames: Frames | None = None

    def __init__(self, file: InputFile, folder: Path) -> None:
        self.source = file.source
        self.size = file.size
        try:
            self._raw = self._opened(file, folder)
        except OSError as error:
            raise unreadable(file.source, error) from error

    def _opened(self, file: InputFile, folder: Path) -> io.RawIOBase:
        return open_raw(file.source, folder)

    def read(self, start: int, stop: int) -> bytes:
        """Give the bytes of a half-open range, cut at the file's size; the range is at most a few MB."""
        stop = min(stop, self.size)
        parts: list[bytes] = []
        try:
            self._raw.seek(start)
            while start < stop:
                part = self._raw.read(stop - start)
                if not part:
                    raise unreadable(self.source, OSError("it became shorter while it was read"))
                parts.append(part)
                start += len(part)
        except OSError as error:
            raise unreadable(self.source, error) from error
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def windows(self, start: int, first_bytes: int, most_bytes: int) -> Iterator[tuple[int, bytes]]:
        """Yield (position, bytes) from `start` to the end, each window twice as long as the one before."""
        length = first_bytes
        while start < self.size:
            part = self.read(start, start + length)
            yield start, part
            start += len(part)
            length = min(2 * length, most_bytes)

    def __enter__(self) -> ByteFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()
