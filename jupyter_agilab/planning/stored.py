"""The partitions of a stored plan, read where they are looked at."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, overload

from jupyter_agilab.dated_json import untagged
from jupyter_agilab.errors import DamagedPlanError
from jupyter_agilab.partition.types import Partition

if TYPE_CHECKING:
    from jupyter_agilab.planning.pins import Pins

BLOCK_LINES: Final = 256
"""So many lines have a checksum together."""

# some 10 MB
_KEPT_BLOCKS = 256

_decode_tagged = json.JSONDecoder(object_hook=untagged).decode
_decode_plain = json.JSONDecoder().decode


def _decode(lines: str) -> list[dict[str, Any]]:
    # the hook costs as much as all the rest, and few sweeps have dates
    entries: list[dict[str, Any]] = _decode_tagged(lines) if '"$' in lines else _decode_plain(lines)
    return entries


def _partition(index: int, entry: dict[str, Any]) -> Partition:
    parameters = entry.get("parameters")
    if parameters is not None:
        identity = entry["id"]
        fingerprint = entry.get("fingerprint", identity)
        kind, weight = entry["kind"], float(entry["weight"])
        return Partition(
            index, identity, kind, "", 0, 0, 0, "", parameters, weight, fingerprint, entry.get("detail")
        )
    return Partition(
        index,
        entry["id"],
        entry["kind"],
        entry.get("source", ""),
        entry.get("start", 0),
        entry.get("stop", 0),
        entry.get("header_bytes", 0),
        entry.get("format", ""),
        None,
        float(entry["weight"]),
        entry.get("fingerprint", entry["id"]),
        entry.get("detail"),
    )


class StoredPartitions(Sequence[Partition]):
    """The partitions of a stored plan: iterating streams them, an index or a slice reads only their blocks.

    Parameters
    ----------
    starts, sums
        Where each block of lines begins, and the end of the last one; the CRC-32 of each.
    pins
        What the header says of pins; None where nothing is pinned.

    Raises
    ------
    DamagedPlanError
        While it is read: the file is not as it was written, or gone.
    ValueError
        When this is made: there is no such file.
    """

    def __init__(
        self,
        path: Path,
        count: int,
        even_weight: float | None,
        starts: Sequence[int],
        sums: Sequence[int],
        pins: Mapping[str, Any] | None = None,
    ) -> None:
        self._path = path
        self._even_weight = even_weight
        self._count = count
        self._starts, self._sums = starts, sums
        self._pins = pins
        self._blocks: dict[int, list[str]] = {}
        if not path.is_file():
            raise ValueError(f"{path.name} is missing")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Partition]:
        for index, entry in enumerate(self.entries(0, self._count)):
            yield _partition(index, entry)

    @overload
    def __getitem__(self, index: int) -> Partition: ...

    @overload
    def __getitem__(self, index: slice) -> list[Partition]: ...

    def __getitem__(self, index: int | slice) -> Partition | list[Partition]:
        places = range(self._count)[index]
        if isinstance(places, int):
            return next(_partition(places, entry) for entry in self.entries(places, places + 1))
        if not places:
            return []
        if places.step != 1:
            return [self[place] for place in places]
        entries = self.entries(places.start, places.stop)
        return [_partition(place, entry) for place, entry in zip(places, entries, strict=True)]

    def scattered(self, indexes: Iterable[int]) -> Iterator[Partition]:
        """Give partitions of which few are neighbours; the blocks that were read last are kept, as lines."""
        for index in indexes:
            number, line = divmod(index, BLOCK_LINES)
            block = self._blocks.get(number)
            if block is None:
                if len(self._blocks) >= _KEPT_BLOCKS:
                    self._blocks = {}
                block = self._blocks[number] = self._lines_of(number)
            yield _partition(index, _decode(f"[{block[line]}]")[0])

    def _lines_of(self, number: int) -> list[str]:
        with self._opened() as file:
            file.seek(self._starts[number])
            block = file.read(self._starts[number + 1] - self._starts[number])
        if zlib.crc32(block) != self._sums[number]:
            raise DamagedPlanError(f"the plan {self._path} is not as it was written", ())
        return block[:-1].decode().split("\n")

    def _opened(self) -> BinaryIO:
        try:
            return self._path.open("rb")
        except OSError as error:
            raise DamagedPlanError(f"the plan {self._path} cannot be read: {error.strerror}", ()) from error

    def are_whole(self) -> bool:
        """Say whether all of the plan can be read as it was written; reads all of it."""
        try:
            with self._path.open("rb") as file:
                for number, wanted in enumerate(self._sums):
                    if zlib.crc32(file.read(self._starts[number + 1] - self._starts[number])) != wanted:
                        return False
        except OSError:
            return False
        return True

    def weights(self) -> Sequence[float]:
        """Give all weights, in order; reads the plan only where they differ."""
        if self._even_weight is not None:
            from jupyter_agilab.partition.parameter_sets import Same

            return Same(self._even_weight, self._count)
        return [float(entry["weight"]) for entry in self.entries(0, self._count)]

    def pins(self) -> Pins | None:
        """Give which workers alone may do which partitions; reads the plan where any are pinned."""
        if self._pins is None:
            return None
        from jupyter_agilab.planning.pins import NOT_PINNED, Pins, packed, target_of

        return Pins(
            str(self._pins["source"]),
            tuple(target_of(entry) for entry in self._pins["targets"]),
            packed(entry.get("pin", NOT_PINNED) for entry in self.entries(0, self._count)),
        )

    def fingerprints(self) -> Iterator[str]:
        """Yield the fingerprint of every partition, in order; quicker than making the partitions."""
        for entry in self.entries(0, self._count):
            yield entry["fingerprint"] if "fingerprint" in entry else entry["id"]

    def entries(self, start: int, stop: int) -> Iterator[dict[str, Any]]:
        """Yield the lines of a half-open range as they are stored."""
        if start >= stop:
            return
        first, last = start // BLOCK_LINES, (stop - 1) // BLOCK_LINES
        with self._opened() as file:
            file.seek(self._starts[first])
            for number in range(first, last + 1):
                block = file.read(self._starts[number + 1] - self._starts[number])
                if zlib.crc32(block) != self._sums[number]:
                    raise DamagedPlanError(f"the plan {self._path} is not as it was written", ())
                before = number * BLOCK_LINES
                text = block[:-1].decode()
                if start > before or stop < before + BLOCK_LINES:
                    wanted = slice(max(0, start - before), stop - before)
                    lines = ",".join(text.split("\n")[wanted])
                else:
                    lines = text.replace("\n", ",")
                # one call for many lines: that is several times faster
                yield from _decode(f"[{lines}]")


class StoredWorkers(Sequence[int]):
    """The planned worker of each partition of a stored plan."""

    def __init__(self, partitions: StoredPartitions) -> None:
        self._partitions = partitions

    def __len__(self) -> int:
        return len(self._partitions)

    def __iter__(self) -> Iterator[int]:
        return (entry["worker"] for entry in self._partitions.entries(0, len(self)))

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> list[int]: ...

    def __getitem__(self, index: int | slice) -> int | list[int]:
        places = range(len(self))[index]
        if isinstance(places, int):
            return next(int(entry["worker"]) for entry in self._partitions.entries(places, places + 1))
        return [self[place] for place in places]
