"""Open one partition as a stream of bytes or text."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.byte_ranges import RangesReader
from jupyter_agilab.partition.formats import compression_of
from jupyter_agilab.partition.parquet_read import write_parquet
from jupyter_agilab.partition.types import Partition

_BUFFER_BYTES = 1 << 18


def open_bytes(partition: Partition, folder: str | Path, reader: Mapping[str, Any] | None = None) -> BinaryIO:
    """Open exactly the bytes of a partition: a file as it is, a byte range with its header before it.

    Row ranges of a Parquet file are a Parquet file of their own, in memory. The stream is seekable.
    """
    del reader  # the bytes are given as they are
    path = path_of(partition, folder)
    if partition.kind == "file":
        return path.open("rb")
    if partition.kind == "rows":
        held = io.BytesIO()
        write_parquet(partition, folder, held)
        held.seek(0)
        return held
    return cast("BinaryIO", io.BufferedReader(_ranges(partition, path), _BUFFER_BYTES))


def open_content(partition: Partition, folder: str | Path) -> BinaryIO:
    """Open the bytes of a partition, decompressed where its file is compressed."""
    stream = open_bytes(partition, folder)
    if partition.kind != "file":
        return stream
    compression = compression_of(stream.read(8))
    if compression is None:
        stream.seek(0)
        return stream
    stream.close()
    return _decompressed(path_of(partition, folder), compression, partition.source)


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
    stream = open_content(partition, folder)
    if newline is None and partition.format in {"csv", "tsv"}:
        newline = ""
    return io.TextIOWrapper(stream, encoding=encoding_of(partition, stream, reader), newline=newline)


def encoding_of(partition: Partition, stream: BinaryIO, reader: Mapping[str, Any] | None) -> str:
    """Give the encoding of a partition's stream, which is at its beginning and stays there."""
    declared = (reader or {}).get("encoding")
    begins_file = partition.kind == "file" or partition.header_bytes > 0 or partition.start == 0
    if declared and codecs.lookup(declared).name != "utf-8":
        return str(declared)
    if declared or not begins_file:
        return "utf-8-sig" if begins_file else "utf-8"
    head = stream.read(4)
    stream.seek(0)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def path_of(partition: Partition, folder: str | Path) -> Path:
    """Give the file that a partition is a part of."""
    if partition.kind == "parameters":
        raise AgilabError(
            "a set of parameters has no file to read", hint="take its values: `params: dict`, or by name"
        )
    return Path(folder) / partition.source


def _ranges(partition: Partition, path: Path) -> RangesReader:
    return RangesReader(path, [(0, partition.header_bytes), (partition.start, partition.stop)])


def _decompressed(path: Path, compression: str, source: str) -> BinaryIO:
    if compression == "gzip":
        return cast("BinaryIO", gzip.open(path))
    if compression == "bzip2":
        return cast("BinaryIO", bz2.open(path))
    if compression == "xz":
        return cast("BinaryIO", lzma.open(path))
    if compression == "zstd":
        import pyarrow

        with pyarrow.input_stream(str(path), compression="zstd") as stream:
            return io.BytesIO(stream.read())
    # a member keeps the archive's file open until it is closed itself
    with zipfile.ZipFile(path) as archive:
        names = [info for info in archive.infolist() if not info.is_dir()]
        if len(names) == 1:
            return cast("BinaryIO", archive.open(names[0]))
    raise AgilabError(
        f"{source} holds {len(names)} files, and one was expected",
        hint="take `path: str` and read the archive in the function, or unpack it first",
    )
