"""What the first bytes of a file tell about it."""

from __future__ import annotations

import codecs
from typing import Final

BOM: Final = codecs.BOM_UTF8
SNIFFED_BYTES: Final = 65_536
SIGNED_BYTES: Final = 512
"""So many bytes are enough for every signature."""

_COMPRESSIONS = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# the magic of a skippable frame, which may come first: 0x184D2A50 to 0x184D2A5F, little-endian
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"
_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_SIGNATURES = (
    (0, b"PAR1", "parquet", "a Parquet file"),
    (0, b"ARROW1\0\0", "arrow", "an Arrow file"),
    (0, b"SQLite format 3\0", "sqlite", "an SQLite database"),
    (0, b"\x93NUMPY", "npy", "a NumPy array"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5", "an HDF5 file"),
    (0, b"CDF\x01", "netcdf", "a NetCDF file"),
    (0, b"CDF\x02", "netcdf", "a NetCDF file"),
    (0, b"CDF\x05", "netcdf", "a NetCDF file"),
    (257, b"ustar", "tar", "a tar archive"),
    (0, b"PARE", "", "an encrypted Parquet file"),
    (0, b"FEA1", "", "a Feather file of the first version"),
    (0, b"%PDF-", "", "a PDF file"),
    (0, b"\x89PNG\r\n\x1a\n", "", "an image (PNG)"),
    (0, b"\xff\xd8\xff", "", "an image (JPEG)"),
    (0, b"GIF87a", "", "an image (GIF)"),
    (0, b"GIF89a", "", "an image (GIF)"),
    (0, b"II*\0", "", "an image (TIFF)"),
    (0, b"MM\0*", "", "an image (TIFF)"),
    (8, b"WEBPVP8", "", "an image (WebP)"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "an old Office file"),
)


def compression_of(head: bytes) -> str | None:
    """Give ``gzip``, ``bzip2``, ``xz``, ``zstd`` or ``zip`` by a file's first bytes, else None."""
    if head.startswith(_ZIP):
        return "zip"
    if head[1:4] == _ZSTD_SKIPPABLE and 0x50 <= head[0] <= 0x5F:
        return "zstd"
    return next((name for magic, name in _COMPRESSIONS if head.startswith(magic)), None)


def signature_of(head: bytes) -> tuple[str, str] | None:
    """Give the format that a file's first bytes cannot be mistaken for, and its name with an article.

    The format is empty where it is one that is never cut.
    """
    for place, magic, name, told in _SIGNATURES:
        if head.startswith(magic, place):
            return name, told
    return None


def why_not_text(head: bytes) -> str:
    """Say why bytes that a name calls records cannot be cut as such; empty where they can.

    Parameters
    ----------
    head
        The first `SNIFFED_BYTES` of the file.
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return f"it is {name}, in which bytes are not characters"
    if b"\0" in head:
        return "it holds NUL bytes, so it is binary or UTF-16"
    return ""
