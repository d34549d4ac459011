"""What a file holds, by its name, and whether it can be cut, by its first bytes."""

from __future__ import annotations

import codecs
from pathlib import PurePosixPath
from typing import Final

BOM: Final = codecs.BOM_UTF8
SNIFFED_BYTES: Final = 65_536

_FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "text",
    ".text": "text",
    ".log": "text",
    ".parquet": "parquet",
    ".pq": "parquet",
}
COMPRESSED_SUFFIXES: Final = {".gz", ".bz2", ".xz", ".lzma", ".zst", ".zip"}
_COMPRESSIONS = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "zip"),
)
_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def format_of(source: str, declared: str | None = None) -> str:
    """Give a file's format by its name: ``csv``, ``tsv``, ``jsonl``, ``text``, ``parquet``, else ``binary``.

    The suffix of a compression is looked through (``a.csv.gz`` is ``csv``). `declared` overrides the name.
    """
    if declared:
        return declared
    path = PurePosixPath(source.lower())
    if path.suffix in COMPRESSED_SUFFIXES:
        path = path.with_suffix("")
    return _FORMATS.get(path.suffix, "binary")


def compression_of(head: bytes) -> str | None:
    """Give ``gzip``, ``bzip2``, ``xz``, ``zstd`` or ``zip`` by a file's first bytes, else None."""
    return next((name for magic, name in _COMPRESSIONS if head.startswith(magic)), None)


def why_not_text(head: bytes) -> str:
    """Say why bytes that a name calls records cannot be cut as such; empty where they can.

    Parameters
    ----------
    head
        The first `SNIFFED_BYTES` of the file.
    """
    compression = compression_of(head)
    if compression:
        return f"it is compressed ({compression})"
    for mark, name in _BOMS:
        if head.startswith(mark):
            return f"it is {name}, in which bytes are not characters"
    if head.startswith(b"PAR1"):
        return "it is a Parquet file"
    if b"\0" in head:
        return "it holds NUL bytes, so it is binary or UTF-16"
    return ""
