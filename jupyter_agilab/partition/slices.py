"""The partitions of files, kept as columns: a partition is made when it is looked at."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, overload

from jupyter_agilab.partition.fingerprints import Slice
from jupyter_agilab.partition.source import InputFile
from jupyter_agilab.partition.types import Kind, Partition, digest_of

PieceKind = Literal["file", "bytes", "rows", "member"]


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
    details
        What else a reader of each piece must know, as `Partition.detail`.
    weights, formats
        Of each piece, where its range and the file's format do not tell.
    """

    kind: PieceKind
    bounds: Sequence[int]
    header_bytes: int = 0
    details: Sequence[Mapping[str, Any]] | None = None
    weights: Sequence[float] | None = None
    formats: Sequence[str] | None = None

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self.bounds) - 1


def whole(file: InputFile) -> Pieces:
    """Give the file as one piece."""
    return Pieces("file", (0, file.size))


class WholeFileSlices(Sequence[Partition]):
    """Files that are one partition each, made one at a time; a million of them take a few MB more.

    Parameters
    ----------
    format_of
        Gives the format of a file.
    """

    def __init__(self, files: Sequence[InputFile], format_of: Callable[[InputFile], str]) -> None:
        self._files, self._format_of = files, format_of
        self.weights = array("d", [file.size for file in files])

    def __len__(self) -> int:
        return len(self._files)

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
        file = self._files[index]
        file_format = self._format_of(file)
        place = Slice("file", file.source, 0, file.size, 0, file_format)
        return Partition(
            index,
            digest_of(*place.where),
            "file",
            file.source,
            0,
            file.size,
            0,
            file_format,
            None,
            self.weights[index],
            place.fingerprint(file.size, file.mtime_ns, file.content(), file.version),
        )


class FileSlices(Sequence[Partition]):
    """The partitions of some files in order, made one at a time; 200,000 of them take a few MB."""

    def __init__(self) -> None:
        self._files: list[tuple[InputFile, str, Pieces, int]] = []
        self._owners = array("q")
        self._starts = array("q")
        self._stops = array("q")
        self.weights = array("d")
        self._contents: dict[int, str] = {}

    def add(self, file: InputFile, file_format: str, pieces: Pieces) -> None:
        """Append the pieces of one more file."""
        if pieces.count == 1 and pieces.kind != "member":
            pieces = whole(file)
        owner = len(self._files)
        self._files.append((file, file_format, pieces, len(self._owners)))
        if pieces.weights is not None:
            weights: Sequence[float] = pieces.weights
        else:
            # ranges of rows, and of what a compressed file holds, weigh as much as the file in all
            share = file.size / max(pieces.bounds[-1], 1)
            weights = [(stop - start) * share for start, stop in pairwise(pieces.bounds)]
        for (start, stop), weight in zip(pairwise(pieces.bounds), weights, strict=True):
            self._owners.append(owner)
            self._starts.append(start)
            self._stops.append(stop)
            self.weights.append(weight)

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
        owner = self._owners[index]
        file, file_format, pieces, first = self._files[owner]
        kind: Kind = pieces.kind
        start, stop = self._starts[index], self._stops[index]
        detail = pieces.details[index - first] if pieces.details is not None else None
        if pieces.formats is not None:
            file_format = pieces.formats[index - first]
        part = (detail or {}).get("of")
        place = Slice(kind, file.source, start, stop, pieces.header_bytes, file_format, part)
        content = self._contents.get(owner)
        if content is None:
            content = self._contents[owner] = file.content()
        return Partition(
            index,
            digest_of(*place.where),
            kind,
            file.source,
            start,
            stop,
            pieces.header_bytes,
            file_format,
            None,
            self.weights[index],
            place.fingerprint(file.size, file.mtime_ns, content, file.version),
            detail,
        )
