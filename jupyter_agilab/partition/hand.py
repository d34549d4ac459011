"""A partition in a reader's hand: its format, and a file that the format can read."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_agilab.partition.formats.base import Format, Piece
from jupyter_agilab.partition.formats.known import COMPRESSED_SUFFIXES, known_format
from jupyter_agilab.partition.formats.load import load_format
from jupyter_agilab.partition.heads import SIGNED_BYTES, compression_of, signature_of
from jupyter_agilab.partition.stores import is_url, open_source
from jupyter_agilab.partition.streams import open_content, refuse_parameters
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.private_folder import private_folder

_COPIED_BYTES = 1 << 20


@contextmanager
def in_hand(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None
) -> Iterator[tuple[Format, Piece]]:
    """Give the format of a partition, and the partition as that format can read it.

    A member of an archive is taken out for it; a compressed file, and one behind a URL, is copied where the
    format's library needs a plain local one.

    Raises
    ------
    AgilabError
        There is no such format, or the partition has no file.
    OSError
        The file cannot be read.
    """
    refuse_parameters(partition)
    options = reader or {}
    if "staged" in (partition.detail or {}):
        from jupyter_agilab.partition.staged.forms import staged_form

        yield staged_form(partition, folder, reader)
        return
    told = partition.describe()
    with ExitStack() as stack:
        if partition.kind == "member":
            from jupyter_agilab.partition.members import extracted

            path = stack.enter_context(extracted(partition, folder))
            size = path.stat().st_size
            partition = dataclasses.replace(
                partition, kind="file", source=str(path), start=0, stop=size, detail=None
            )
        form, compression = _looked_into(partition, folder, options)
        if partition.format != form.name:
            partition = dataclasses.replace(partition, format=form.name)
        is_packed = bool(compression) and not form.is_decompressed
        if is_packed or (form.is_local and is_url(partition.source)):
            private = stack.enter_context(private_folder())
            partition = _copied(partition, folder, private, is_packed=is_packed)
        yield form, Piece(partition, Path(folder), options, told)


def _looked_into(
    partition: Partition, folder: str | Path, options: Mapping[str, Any]
) -> tuple[Format, str | None]:
    """Give the format, which is what the content says where the name can be wrong, and the compression."""
    name = partition.format
    known = known_format(name)
    if partition.kind != "file" or (known is not None and not known.is_text and name != "binary"):
        is_packed = partition.source.lower().endswith(tuple(COMPRESSED_SUFFIXES)) and name != "zip"
        if partition.kind != "file" or not is_packed:
            return load_format(name), None
    with open_source(partition.source, folder, SIGNED_BYTES) as stream:
        head = stream.read(SIGNED_BYTES)
    compression = compression_of(head)
    if not options.get("format") and compression is None:
        found = signature_of(head)
        if found is not None and found[0]:
            name = found[0]
    return load_format(name), compression


def _copied(partition: Partition, folder: str | Path, private: Path, *, is_packed: bool) -> Partition:
    name = PurePosixPath(partition.source.partition("?")[0])
    path = private / (name.stem if is_packed and name.suffix.lower() in COMPRESSED_SUFFIXES else name.name)
    opened = open_content(partition, folder) if is_packed else open_source(partition.source, folder)
    with opened as stream, path.open("xb") as out:
        shutil.copyfileobj(stream, out, _COPIED_BYTES)
    return dataclasses.replace(partition, source=str(path))
