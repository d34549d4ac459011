"""Finding the frames of compressed files, each of which can be read on its own.

Most compressed files are one stream that can only be read from its beginning. Some are not: gzip files of
several members, among them BGZF (htslib), bzip2 files of several streams (pbzip2), xz files of several blocks
or streams (``xz -T``), zstd files of several frames (pzstd, the seekable format). Here, all of those are
frames. Formats: RFC 1952, the SAM/BAM specification 4.1, the xz file format 1.2, RFC 8878.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from jupyter_agilab.partition.frames import Frames
from jupyter_agilab.partition.source import ByteFile

_READ_BYTES = 1 << 18
# deflate makes at most 1,032 bytes of one
_FED_BYTES = 1 << 14
_LOOKED_THROUGH_BYTES = 1 << 26
_GZIP_MEMBER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]....[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
_BZIP2_STREAM = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_SIGN_BYTES = 10
_ZSTD_MAGIC: Final = 0xFD2FB528
_ZSTD_SKIPPABLE: Final = 0x184D2A5


def frames_of(file: ByteFile, compression: str) -> Frames | None:
    """Find the frames of a compressed file; None where it is one stream.

    gzip and bzip2 do not say where their members begin (BGZF does). If a second one begins in the first
    64 MiB, the file is decompressed once to find them all. The others are told by their own indexes.

    Raises
    ------
    PlanError
        The file cannot be read.
    ValueError, EOFError, zlib.error, lzma.LZMAError
        It is damaged.
    """
    find = _FINDERS.get(compression)
    frames = find(file) if find else None
    return frames if frames is not None and len(frames.places) > 1 else None


def _gzip(file: ByteFile) -> Frames | None:
    found = _bgzf(file)
    if found is None and _has_second(file, _GZIP_MEMBER):
        found = _members(file, "gzip", lambda: zlib.decompressobj(wbits=31))
    return found


def _bgzf(file: ByteFile) -> Frames | None:
    """Walk the blocks of BGZF, which say their length in an extra field."""
    frames = Frames("gzip")
    place = 0
    header = file.read(0, 18)
    while place < file.size:
        # SI1 SI2 SLEN BSIZE of a subfield that is the only one, as htslib writes it
        if header[:4] != b"\x1f\x8b\x08\x04" or header[10:16] != b"\x06\x00BC\x02\x00":
            return None
        end = place + int.from_bytes(header[16:18], "little") + 1
        if end > file.size or end < place + 26:
            return None
        tail = file.read(end - 4, end + 18)
        frames.add(place, int.from_bytes(tail[:4], "little"))
        place, header = end, tail[4:]
    return frames


def _bzip2(file: ByteFile) -> Frames | None:
    import bz2

    return _members(file, "bzip2", bz2.BZ2Decompressor) if _has_second(file, _BZIP2_STREAM) else None


def _has_second(file: ByteFile, sign: re.Pattern[bytes]) -> bool:
    """Whether something that looks like the beginning of a member comes after the first one."""
    for start in range(1, min(file.size, _LOOKED_THROUGH_BYTES), _READ_BYTES):
        if sign.search(file.read(start, start + _READ_BYTES + _SIGN_BYTES)):
            return True
    return False


def _members(file: ByteFile, compression: str, new: Callable[[], Any]) -> Frames:
    """Decompress a file once to find where its members begin; nothing else can tell for sure."""
    frames = Frames(compression)
    place = 0
    while place < file.size:
        start = place
        if file.read(place, place + 1) == b"\0":
            # padding between or after members
            place += 1
            continue
        decoder, length = new(), 0
        while not decoder.eof:
            data = file.read(place, place + _FED_BYTES)
            if not data:
                raise EOFError("it ends inside a compressed member")
            place += len(data)
            length += _held(decoder, data)
        place -= len(decoder.unused_data)
        frames.add(start, length)
    return frames


def _held(decoder: Any, data: bytes) -> int:
    """Feed a decoder; give the length of what comes out."""
    if not hasattr(decoder, "needs_input"):
        return len(decoder.decompress(data))
    length = len(decoder.decompress(data, _READ_BYTES))
    while not decoder.eof and not decoder.needs_input:
        length += len(decoder.decompress(b"", _READ_BYTES))
    return length


def _zstd(file: ByteFile) -> Frames | None:
    """Walk frames and blocks by their headers."""
    frames = Frames("zstd")
    place = 0
    while place < file.size:
        head = file.read(place, place + 18)
        if len(head) < 8:
            raise EOFError("it ends inside a frame")
        magic, length = struct.unpack_from("<II", head)
        if magic >> 4 == _ZSTD_SKIPPABLE:
            place += 8 + length
            continue
        if magic != _ZSTD_MAGIC:
            raise ValueError(f"no zstd frame begins at byte {place:,}")
        blocks, content = _zstd_header(head)
        end = place + blocks
        is_last = False
        while not is_last:
            header = int.from_bytes(file.read(end, end + 3), "little")
            is_last, kind, length = bool(header & 1), header >> 1 & 3, header >> 3
            end += 3 + (1 if kind == 1 else length)
            if end > file.size:
                raise EOFError("it ends inside a frame")
        end += 4 if head[4] & 4 else 0
        if content is None:
            content = _zstd_length(file.read(place, end))
        frames.add(place, content)
        place = end
    return frames


def _zstd_header(head: bytes) -> tuple[int, int | None]:
    """Give the length of a frame's header, and that of its content where it is told."""
    flags = head[4]
    is_single = bool(flags & 0x20)
    place = 5 + (not is_single) + (0, 1, 2, 4)[flags & 3]
    width = (int(is_single), 2, 4, 8)[flags >> 6]
    content = int.from_bytes(head[place : place + width], "little") + (256 if width == 2 else 0)
    return place + width, content if width else None


def _zstd_length(data: bytes) -> int:
    import pyarrow as pa

    length = 0
    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        while part := stream.read(1 << 22):
            length += len(part)
    return length


def _xz(file: ByteFile) -> Frames | None:
    """Read the indexes of all streams, from the last one to the first."""
    streams: list[list[tuple[int, int, int, int]]] = []
    end = file.size
    while end > 0:
        footer = file.read(end - 12, end)
        if footer[-4:] == b"\0\0\0\0":
            end -= 4
            continue
        if footer[-2:] != b"YZ":
            raise ValueError("it does not end as an xz file does")
        index_bytes = (int.from_bytes(footer[4:8], "little") + 1) * 4
        records = _xz_index(file.read(end - 12 - index_bytes, end - 12))
        blocks = sum(-(-unpadded // 4) * 4 for unpadded, _ in records)
        start = end - 12 - index_bytes - blocks - 12
        if start < 0 or file.read(start, start + 6) != b"\xfd7zXZ\x00":
            raise ValueError("its index does not fit its blocks")
        place, found = start + 12, []
        for unpadded, length in records:
            padded = -(-unpadded // 4) * 4
            found.append((place, length, start, place + padded))
            place += padded
        streams.append(found)
        end = start
    frames = Frames("xz")
    for place, length, stream, stop in (block for found in reversed(streams) for block in found):
        frames.add(place, length, (stream, stop))
    return frames


def _xz_index(data: bytes) -> list[tuple[int, int]]:
    numbers = _xz_numbers(data[1:])
    return [(next(numbers), next(numbers)) for _ in range(next(numbers))]


def _xz_numbers(data: bytes) -> Iterator[int]:
    """Yield the integers of the index: seven bits in a byte, the lowest first."""
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield value
            value = shift = 0


_FINDERS: Final[dict[str, Callable[[ByteFile], Frames | None]]] = {
    "gzip": _gzip,
    "bzip2": _bzip2,
    "xz": _xz,
    "zstd": _zstd,
}


def is_damage(error: BaseException) -> bool:
    """Whether an error is what a decompressor says about a damaged file."""
    import lzma

    return isinstance(error, EOFError | ValueError | zlib.error | lzma.LZMAError | struct.error) or (
        isinstance(error, OSError) and error.errno is None
    )
