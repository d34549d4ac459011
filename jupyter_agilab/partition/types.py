"""What a partition is: one slice of the input, the unit that succeeds or fails."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal

from jupyter_agilab.compact_json import compact_encoder

Kind = Literal["file", "bytes", "rows", "member", "parameters", "elements"]


@dataclass(frozen=True, slots=True)
class Partition:
    """One slice of the input, described so that any worker can read exactly it.

    Attributes
    ----------
    index
        0-based place in the plan; results are merged in this order.
    id
        16 hexadecimal digits, a digest of what the slice is (kind, source, range or parameters): the same in
        every plan of the same input, whatever the worker count. Unique in a plan, also where a sweep has
        equal sets.
    kind
        ``file``: the whole file. ``bytes``: a half-open byte range that ends on a record's end; of a
        compressed file, a range of what it holds. ``rows``: a half-open range of row numbers. ``member``: one
        file of an archive. ``parameters``: one set of a sweep. ``elements``: results of other stages'
        partitions, in a workflow.
    source
        The file, as the contract would name it: relative to the contract's folder with ``/``, or absolute or
        a URL where the author wrote it so. Empty for a sweep.
    start, stop
        The half-open range of ``bytes`` or ``rows``; 0 and the file's size for ``file``; the member's number
        and the next one for ``member``.
    header_bytes
        Length of the header record (BOM included) at the start of the source that belongs to every byte range
        of it; 0 where the format has none, and for ``file`` and ``rows``. The first range starts after it.
    format
        The name of a format (``csv``, ``parquet``, …), of a member that of the member; ``binary`` where
        nothing tells; empty for a sweep.
    parameters
        The set of a sweep, in the grid's order of names; of ``elements`` that of the stage's own sweep.
    weight
        Expected work relative to the others: bytes of the file (of a Parquet file in proportion to its rows),
        or 1 for a parameter set.
    fingerprint
        Digest of what the slice holds as far as a stat tells (path, range, size, mtime) or by content, or of
        the parameters; see `jupyter_agilab.partition.fingerprints`.
    detail
        What else a reader must know, as JSON; None for most. What the slice is a part of stands under ``of``
        (the table or dataset of the rows, the member of an archive), how it is reached under other names (the
        keys that rows begin and end with, the places of compressed frames). Rows that were put together by
        what stands in them have a ``label``, for people, and ``staged``, where they are: ``start`` and
        ``stop`` are then a range of groups. Of ``elements``, ``elements`` says which: what each is passed as,
        to the name of a stage of the workflow and the index of its partition.
    """

    index: int
    id: str
    kind: Kind
    source: str
    start: int
    stop: int
    header_bytes: int
    format: str
    parameters: Mapping[str, Any] | None
    weight: float
    fingerprint: str
    detail: Mapping[str, Any] | None = None

    def describe(self) -> str:
        """Say in a few words what the partition is: ``data/a.csv bytes 0-1,024`` or ``lr=0.1, seed=3``."""
        if self.kind == "parameters":
            return ", ".join(f"{name}={_shown(value)}" for name, value in (self.parameters or {}).items())
        if self.kind == "elements":
            fed = [f"{stage}[{index}]" for stage, index in (self.detail or {})["elements"].values()]
            own = [f"{name}={_shown(value)}" for name, value in (self.parameters or {}).items()]
            return ", ".join((*fed, *own))
        if self.kind == "file":
            return self.source
        if label := (self.detail or {}).get("label"):
            return str(label)
        part = " ".join(map(str, (self.detail or {}).get("of", {}).values()))
        if self.kind == "member":
            return f"{self.source} member {part}"
        return f"{f'{self.source} {part}' if part else self.source} {self.kind} {self.start:,}-{self.stop:,}"


def _shown(value: object) -> str:
    """Write a value as its file does: dates and times plainly, all else as Python."""
    return value.isoformat() if isinstance(value, date | time) else repr(value)


_canonical = compact_encoder(str, sort_keys=True)


def canonical(value: object) -> str:
    """Give the JSON text by which values are compared: keys sorted; ``1``, ``1.0`` and ``true`` differ."""
    return _canonical(value)


def digest_of(*parts: object) -> str:
    """Give 16 hexadecimal digits of BLAKE2b over the canonical JSON of `parts`."""
    return hashlib.blake2b(_canonical(parts).encode(), digest_size=8).hexdigest()
