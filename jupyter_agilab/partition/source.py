"""One file of the input, and reading parts of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that the contract's input names.

    Attributes
    ----------
    source
        As the contract names it: relative to its folder with ``/``, or absolute where the author wrote it so.
    size
        Bytes.
    mtime_ns
        Modification time in nanoseconds since the epoch.
    """

    source: str
    size: int
    mtime_ns: int


def unreadable(source: str, error: Exception) -> PlanError:
    """Give the error for an input file that cannot be read while planning."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
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
    """

    def __init__(self, file: InputFile, folder: Path) -> None:
        self.source = file.source
        self.size = file.size
        try:
            self._raw = io.FileIO(folder / file.source)
        except OSError as error:
            raise unreadable(file.source, error) from error

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
