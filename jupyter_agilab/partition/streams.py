"""Open one partition as a stream of bytes or text."""

from __future__ import annotations

import codecs
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.byte_ranges import RangesReader
from jupyter_agilab.partition.formats.base import Piece
from jupyter_agilab.partition.formats.load import load_format
from jupyter_agilab.partition.heads import SIGNED_BYTES, compression_of
from jupyter_agilab.partition.stores import buffer_bytes, is_url, open_raw, open_source, read_range, size_of
from jupyter_agilab.partition.types import Partition


def open_bytes(partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None) -> BinaryIO:
    """Open exactly the bytes of a partition: a file as it is, a byte range with its header before it.

    A range of rows is a file of its own, in memory; a member of an archive is the file that it was. The
    stream is seekable.
    """
    refuse_parameters(partition)
    if partition.kind == "file":
        if not is_url(partition.source) and (Path(folder) / partition.source).is_dir():
            raise AgilabError(f"{partition.source} is a folder, which has no bytes", hint="take `path: str`")
        return open_source(partition.source, folder)
    if partition.kind == "bytes":
        return cast("BinaryIO", io.BufferedReader(_ranges(partition, folder), buffer_bytes(partition.source)))
    held: BinaryIO
    if "staged" in (partition.detail or {}):
        from jupyter_agilab.partition.staged.opening import open_staged

        return open_staged(partition, folder)
    if partition.kind == "member":
        from jupyter_agilab.partition.members import open_member

        return open_member(partition, folder)
    held = io.BytesIO()
    piece = Piece(partition, Path(folder), reader or {}, partition.describe())
    load_format(partition.format).write_bytes(piece, held)
    held.seek(0)
    return held


def open_content(
    partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None
) -> BinaryIO:
    """Open the bytes of a partition, decompressed where its file is compressed."""
    stream = open_bytes(partition, folder, reader)
    if partition.kind == "bytes":
        # of a compressed file it is a range of what it holds
        return stream
    compression = compression_of(stream.read(SIGNED_BYTES))
    stream.seek(0)
    if compression is None:
        return stream
    if compression == "zip":
        return _only_member(stream, partition)
    from jupyter_agilab.partition.framed import decompressing, owning

    return owning(decompressing(stream, compression), stream)


def open_text(
    partition: Partition,
    folder: str | Path,
    reader: Mapping[str, Any] | None = None,
    *,
    newline: str | None = None,
) -> TextIO:
    r"""Open a partition as text, decompressed and without a byte order mark.

    Line ends become ``\n``, except in CSV files: there they are left alone, as Python's csv module wants it.
    `newline` overrides that, as for `open`. The encoding is the reader's, else what a byte order mark says,
    else UTF-8.
    """
    stream = open_content(partition, folder, reader)
    if newline is None and partition.format in {"csv", "tsv"}:
        newline = ""
    try:
        return io.TextIOWrapper(stream, encoding=encoding_of(partition, stream, reader), newline=newline)
    except BaseException:
        stream.close()
        raise


def encoding_of(partition: Partition, stream: BinaryIO, reader: Mapping[str, Any] | None) -> str:
    """Give the encoding of a partition's stream, which is at its beginning and stays there."""
    declared = (reader or {}).get("encoding")
    begins_file = partition.kind != "bytes" or partition.header_bytes > 0 or partition.start == 0
    if declared and codecs.lookup(declared).name != "utf-8":
        return str(declared)
    if declared or not begins_file:
        return "utf-8-sig" if begins_file else "utf-8"
    head = stream.read(4)
    stream.seek(0)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def refuse_parameters(partition: Partition) -> None:
    """Raise `AgilabError` for a set of parameters, which has no input."""
    if partition.kind == "parameters":
        raise AgilabError(
            "a set of parameters has no file to read", hint="take its values: `params: dict`, or by name"
        )


def _ranges(partition: Partition, folder: str | Path) -> RangesReader:
    raw = open_raw(partition.source, folder)
    detail = partition.detail or {}
    try:
        if "frames" in detail:
            from jupyter_agilab.partition.framed import FramedRaw

            raw = FramedRaw(raw, detail["compression"], detail["frames"])
        elif size_of(raw) < partition.stop:
            raise AgilabError(
                f"{partition.source} is shorter than when it was planned", hint="plan and run again"
            )
        form = load_format(partition.format)
        parts = form.parts(partition, lambda start, stop: read_range(raw, start, stop))
        return RangesReader(raw, parts)
    except BaseException:
        raw.close()
        raise


def _only_member(stream: BinaryIO, partition: Partition) -> BinaryIO:
    import zipfile

    from jupyter_agilab.partition.framed import owning

    try:
        with zipfile.ZipFile(stream) as archive:
            names = [info for info in archive.infolist() if not info.is_dir()]
            if len(names) == 1:
                return owning(cast("BinaryIO", archive.open(names[0])), stream)
    except zipfile.BadZipFile as error:
        stream.close()
        raise EOFError(str(error)) from error
    stream.close()
    raise AgilabError(
        f"{partition.source} holds {len(names)} files, and one was expected",
        hint="take `path: str` and read the archive in the function, or unpack it first",
    )
