"""Opening a partition of a staged table as the bytes of a file of its own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO, cast

from jupyter_agilab.partition.formats.base import Piece
from jupyter_agilab.partition.formats.load import load_staged
from jupyter_agilab.partition.staged.place import opened_header, staged_directory
from jupyter_agilab.partition.staged.store import Extent, RecordsRaw, pages_of
from jupyter_agilab.partition.types import Partition

_BUFFER_BYTES = 1 << 20


def open_staged(partition: Partition, folder: str | Path) -> BinaryIO:
    """Open a partition, header included; rows with types are a file in memory.

    Raises
    ------
    AgilabError
        The staged table is gone.
    """
    if opened(partition, folder)[1]["form"] == "text":
        return open_records(partition, folder)
    form = load_staged(opened(partition, folder)[1]["form"])
    held = io.BytesIO()
    form.write_bytes(Piece(partition, Path(folder), {}, partition.describe()), held)
    held.seek(0)
    return held


def open_records(partition: Partition, folder: str | Path) -> BinaryIO:
    """Open rows of text; at most one page of them is in memory."""
    directory, header = opened(partition, folder)
    raw = RecordsRaw(directory, header["head"].encode("latin-1"), pages_in(directory, partition))
    return cast("BinaryIO", io.BufferedReader(raw, _BUFFER_BYTES))


def opened(partition: Partition, folder: str | Path) -> tuple[Path, dict[str, Any]]:
    """Give where the staged table of a partition is, and its header."""
    directory = staged_directory(Path(folder), (partition.detail or {})["staged"])
    return directory, opened_header(directory)


def pages_in(directory: Path, partition: Partition) -> list[list[Extent]]:
    """Give where the rows of a partition are, page by page."""
    return pages_of(directory, partition.start, partition.stop)
