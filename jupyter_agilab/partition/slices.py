"""The partitions of files, kept as columns: a partition is made when it is looked at."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, overload

from jupyter_agilab.partition.source import InputFile
from jupyter_agilab.partition.types import Kind, Partition, digest_of

PieceKind = Literal["file", "bytes", "rows"]


@dataclass(frozen=True, slots=True)
class Pieces:
    """How one file is cut.

    Attributes
    ----------
    kind
        As in `Partition`.
    bounds
        Where the pieces begin, and where the last one ends: one more than there are pieces.
    header_bytes
        Length of the header that goes with every piece.
    """

    kind: PieceKind
    bounds: Sequence[int]
    header_bytes: int = 0

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self.bounds) - 1


def whole(file: InputFile) -> Pieces:
    """Give the file as one piece."""
    return Pieces("file", (0, file.size))


class FileSlices(Sequence[Partition]):
    """The partitions of some files in order, made one at a time; 200,000 of them take a few MB."""

    def __init__(self) -> None:
        self._files: list[tuple[InputFile, str, Pieces]] = []
        self._owners = array("q")
        self._starts = array("q")
        self._stops = array("q")
        self.weights = array("d")

    def add(self, file: InputFile, file_format: str, pieces: Pieces) -> None:
        """Append the pieces of one more file."""
        if pieces.count == 1:
            pieces = whole(file)
        owner = len(self._files)
        self._files.append((file, file_format, pieces))
        share = file.size / max(pieces.bounds[-1], 1) if pieces.kind == "rows" else 1.0
        for start, stop in pairwise(pieces.bounds):
            self._owners.append(owner)
            self._starts.append(start)
            self._stops.append(stop)
            self.weights.append((stop - start) * share)

    def __len__(self) -> int:
        return len(self._owners)

    @overload
    def __getitem__(self, index: int) -> Partition: ...

    @overload
    def __getitem__(self, index: slice) -> list[Partition]: ...

    def __getitem__(self, index: int | slice) -> Partition | list[Partition]:
        if isinstance(index, slice):
            return [self._make(place) for place in range(len(self))[index]]
        return self._make(range(len(self))[index])

    def __iter__(self) -> Iterator[Partition]:
        return map(self._make, range(len(self)))

    def _make(self, index: int) -> Partition:
        file, file_format, pieces = self._files[self._owners[index]]
        kind: Kind = pieces.kind
        start, stop = self._starts[index], self._stops[index]
        # a file that grows is the same partition with other content
        where = (kind, file.source) if kind == "file" else (kind, file.source, start, stop)
        return Partition(
            index,
            digest_of(*where),
            kind,
            file.source,
            start,
            stop,
            pieces.header_bytes,
            file_format,
            None,
            self.weights[index],
            digest_of(*where, pieces.header_bytes, file_format, file.size, file.mtime_ns),
        )
