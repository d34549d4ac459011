"""Compressed files as independent frames, each of which can be read on its own."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Frames:
    """Where the frames of a file begin.

    Attributes
    ----------
    compression
        ``gzip``, ``bzip2``, ``xz`` or ``zstd``.
    places, begins
        Where each frame begins in the file, and in what it holds; in bytes, both rising.
    size
        Bytes of what the file holds.
    streams
        Of xz: where the stream of each frame begins in the file, and where each frame ends in it.
    """

    compression: str
    places: array[int] = field(default_factory=lambda: array("q"))
    begins: array[int] = field(default_factory=lambda: array("q"))
    size: int = 0
    streams: list[tuple[int, int]] = field(default_factory=list)

    def add(self, place: int, length: int, stream: tuple[int, int] | None = None) -> None:
        """Append a frame that holds `length` bytes."""
        if length:
            self.places.append(place)
            self.begins.append(self.size)
            self.size += length
            if stream is not None:
                self.streams.append(stream)

    def described(self, header_bytes: int, start: int, stop: int) -> dict[str, Any]:
        """Give what a reader of the header and of a range must know, as JSON."""
        first = max(bisect_right(self.begins, start) - 1, 0)
        if self.streams:
            # only xz blocks do not say where the next one begins
            header = range(bisect_right(self.begins, max(header_bytes - 1, 0)))
            chosen = sorted({*header, *range(first, bisect_right(self.begins, max(stop - 1, start)))})
        else:
            chosen = sorted({0, first})
        frames = [
            [self.places[number], self.begins[number], *(self.streams[number] if self.streams else ())]
            for number in chosen
        ]
        return {"compression": self.compression, "frames": frames}
