"""What a format is: how its files are cut, and in which forms a partition of them can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Protocol

from jupyter_agilab.errors import AgilabError, MissingDependencyError
from jupyter_agilab.partition.types import Partition

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from jupyter_agilab.contract.model import PartitionTable
    from jupyter_agilab.diagnostics import Finding
    from jupyter_agilab.partition.slices import Pieces
    from jupyter_agilab.partition.source import ByteFile, InputFile


class Cutter(Protocol):
    """Cuts one file."""

    def by_size(self, wanted: int) -> Pieces:
        """Cut into at most `wanted` pieces of near equal size; fewer where there are fewer records."""
        ...

    def row_count(self) -> int:
        """Give the number of rows or records."""
        ...

    def by_rows(self, bounds: list[int]) -> Pieces:
        """Cut at row numbers, which begin with 0 and end with the number of rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A file that a plan looks into.

    Attributes
    ----------
    file, folder
        The file, and the folder that its name is relative to.
    table
        ``[partition]`` of the contract.
    head
        The first 64 KiB, decompressed where the file is compressed; empty for formats that are cut without.
    open
        Opens the file to be read by position; decompressed where it is compressed.
    tell
        Keeps a finding for the plan, once per code.
    instead
        Gives the cutter of the format of that name, which the file will be read as.
    """

    file: InputFile
    folder: Path
    table: PartitionTable
    head: bytes
    open: Callable[[], ByteFile]
    tell: Callable[[Finding], None]
    instead: Callable[[str], Cutter | str]


@dataclass(frozen=True, slots=True)
class Piece:
    """One partition as a reader has it in hand.

    Attributes
    ----------
    partition, folder
        The partition, and the folder that its source is relative to.
    options
        What ``[partition]`` says about reading.
    told
        What people know it by.
    """

    partition: Partition
    folder: Path
    options: Mapping[str, Any]
    told: str

    @property
    def source(self) -> str:
        """The file."""
        return self.partition.source

    @property
    def path(self) -> Path:
        """The local file."""
        return self.folder / self.partition.source

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole file."""
        return self.partition.kind == "file"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the contract asks for; none where it wants all."""
        return tuple(self.options.get("columns") or ())

    def chosen(self, names: Sequence[str]) -> list[str] | None:
        """Give the columns to read of those that there are; None for all.

        Raises
        ------
        AgilabError
            A column that the contract asks for is not there.
        """
        if self.columns:
            for name in self.columns:
                if name not in names:
                    raise no_column(self.told, name, names)
            return list(self.columns)
        used = self.options.get("used_columns")
        if not used or len(set(names)) < len(names):
            return None
        # one that is not there is for the function to stumble over
        return [name for name in names if name in used] or None


class Format:
    """A format of files. A subclass overrides what it can do; the rest is refused in one sentence.

    A format of which plans know only the name is imported when a file of it is cut or read; it imports its
    library inside its methods.
    """

    name: ClassVar[str]
    records: ClassVar[str] = "records"
    """What the format has inside, for sentences: ``rows``, ``records``."""
    has_lines: ClassVar[bool] = True
    """Whether a file can be taken for text."""
    is_decompressed: ClassVar[bool] = False
    """Whether the readers see through a compression."""
    is_local: ClassVar[bool] = False
    """Whether the readers need a file of the local file system; one behind a URL is fetched for them."""

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of a file, or why it cannot be cut (completing "it cannot be cut: ...").

        Raises
        ------
        PlanError
            The file cannot be read.
        """
        del look
        return "its format is never cut"

    def rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the records as dicts, read lazily."""
        raise no_form(piece, "rows")

    def pandas(self, piece: Piece) -> pd.DataFrame:
        """Give the records as a pandas DataFrame."""
        raise no_form(piece, "a DataFrame")

    def polars(self, piece: Piece) -> pl.DataFrame:
        """Give the records as a polars DataFrame."""
        raise no_form(piece, "a DataFrame")

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the records as a pyarrow Table."""
        raise no_form(piece, "a Table")

    def array(self, piece: Piece) -> np.ndarray[Any, Any]:
        """Give the records as a NumPy array, the first axis along the records."""
        raise no_form(piece, "an array")

    def dataset(self, piece: Piece) -> Any:
        """Give the records as an ``xarray.Dataset``."""
        raise no_form(piece, "a Dataset")

    def parts(
        self, partition: Partition, read: Callable[[int, int], bytes]
    ) -> Sequence[tuple[int, int] | bytes]:
        """Give the byte ranges, and the bytes between them, that make a file of a byte range.

        `read` reads a half-open range of the source.
        """
        del read
        return [(0, partition.header_bytes), (partition.start, partition.stop)]

    def write(self, piece: Piece, path: Path) -> None:
        """Write a range of rows as a file of its own."""
        raise no_form(piece, "a file of its own")

    def write_bytes(self, piece: Piece, out: BinaryIO) -> None:
        """Write a range of rows as the bytes of a file of its own."""
        del out
        raise no_form(piece, "a stream")


def no_form(piece: Piece, form: str) -> AgilabError:
    """Give the error for a partition whose format does not have a form."""
    if piece.partition.format in {"binary", ""}:
        return AgilabError(
            f"{piece.told} cannot be given as {form}: its name does not say that it holds records",
            hint="set `format` in [partition] (csv, jsonl, text, parquet, …), or take `path: str`",
        )
    return AgilabError(
        f"{piece.told} cannot be given as {form}: its format is {piece.partition.format}",
        hint="take it in another form, as `path: str`; set `format` in [partition] if this is not its format",
    )


def no_column(told: str, name: object, names: Sequence[object]) -> AgilabError:
    """Give the error for a column that is not there."""
    return AgilabError(f"{told} has no column {name!r}", hint=f"it has: {', '.join(map(str, names))}")


def missing_library(library: str, extra: str, told: str) -> MissingDependencyError:
    """Give the error for a library that is not installed; `told` says what needs it."""
    return MissingDependencyError(
        f"{told}, and {library} is not installed here",
        hint=f"pip install 'jupyter-agilab[{extra}]', on every machine that runs workers",
    )
