"""What a reducer is, and how the result of one partition is stored for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedWriter
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

RecordFormat = Literal["json", "jsonl", "csv", "value"]
"""How results are stored in segments.

``json``: one line per partition. ``jsonl``: one line per record. ``csv``: rows without a header, the
columns beside them. ``value``: one line of JSON, or an Arrow stream where the function returned a table,
for custom reducers. Lines and rows end in one newline; a result without records has no bytes.
"""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One partition's result as bytes that go into a segment.

    ``encoding`` is ``json``, ``jsonl``, ``csv``, or ``arrow:pandas``, ``arrow:polars``, ``arrow:pyarrow``
    (so that a custom reducer gets back the kind of table that the function returned). ``columns`` is for
    ``csv`` only. ``jsonl:list`` and ``csv:list`` are lists, or tables, of one record.
    """

    data: bytes
    records: int
    encoding: str
    columns: tuple[str, ...] = ()


class StoredResult(NamedTuple):
    """Where one partition's encoded result lies: ``length`` bytes at ``offset`` of the segment ``path``.

    A named tuple, since there may be millions: it is made in a third of a dataclass' time.
    """

    index: int  # type: ignore[assignment]  # named as everywhere; nobody needs `tuple.index`
    partition: str
    path: Path
    offset: int
    length: int
    records: int
    encoding: str
    columns: tuple[str, ...] = ()


class Results(Protocol):
    """The stored results of a run in partition order; may be iterated more than once; knows its length."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[StoredResult]: ...


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a reducer wrote. ``columns`` are those of a table, in order; empty where there are none."""

    records: int
    columns: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


class Reducer(Protocol):
    """Merges the partitions' results, in partition order, into the artifact; memory stays flat.

    Attributes
    ----------
    name
        As the contract spells it.
    record_format
        How workers store results for it.
    meaning
        One line for people who choose.
    extension
        Suffix of its artifact where the author named none, with the dot.
    """

    name: str
    record_format: RecordFormat
    meaning: str
    extension: str

    def reduce(
        self, results: Results, out: BufferedWriter, progress: Callable[[int], None] = lambda done: None
    ) -> Reduction:
        """Write the merged artifact to `out`; call `progress` now and then with the partitions merged so far.

        Raises
        ------
        jupyter_agilab.errors.ReduceError
            The results do not fit together; the message names the partitions.
        """
        ...


CustomFunction = Callable[..., Any]
"""A custom reducer: called with an iterator of results in partition order, and the options by keyword."""
