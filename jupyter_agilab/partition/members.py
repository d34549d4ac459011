"""Reading one member of a zip or tar archive; where it lies is known from the plan."""

from __future__ import annotations

import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, cast

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.byte_ranges import RangesReader
from jupyter_agilab.partition.stores import buffer_bytes, open_raw, open_source, size_of
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.private_folder import private_folder

STORED: Final = 0
DEFLATED: Final = 8
LOCAL_HEADER_BYTES: Final = 30
_COPIED_BYTES = 1 << 20


def open_member(partition: Partition, folder: str | Path) -> BinaryIO:
    """Open the member that a partition is, as the file that it was; the stream is seekable.

    Raises
    ------
    OSError
        The archive cannot be read.
    AgilabError
        It is not as it was planned.
    """
    place = dict(partition.detail or {})
    if place["method"] == STORED:
        raw = open_raw(partition.source, folder)
        start = _data_start(raw, place, partition)
        if size_of(raw) < start + place["size"]:
            raw.close()
            raise _changed(partition)
        part = RangesReader(raw, [(start, start + place["size"])])
        return cast("BinaryIO", io.BufferedReader(part, buffer_bytes(partition.source)))
    held = tempfile.TemporaryFile(prefix="jupyter-agilab-")  # noqa: SIM115  # the caller closes it
    try:
        _decompress(partition, folder, place, cast("BinaryIO", held))
        held.seek(0)
    except BaseException:
        held.close()
        raise
    return cast("BinaryIO", held)


@contextmanager
def extracted(partition: Partition, folder: str | Path) -> Iterator[Path]:
    """Give the member as a private file of its own name, which is removed at the end."""
    name = PurePosixPath((partition.detail or {})["of"]["member"]).name or "member"
    with private_folder() as private:
        path = private / name
        with open_member(partition, folder) as stream, path.open("xb") as out:
            shutil.copyfileobj(stream, out, _COPIED_BYTES)
        yield path


def _data_start(raw: io.RawIOBase, place: dict[str, Any], partition: Partition) -> int:
    """Give where a member's bytes begin: in a zip archive, after a header with parts of unknown length."""
    at = int(place["at"])
    if "crc" not in place:
        return at
    raw.seek(at)
    header = raw.read(LOCAL_HEADER_BYTES) or b""
    if len(header) < LOCAL_HEADER_BYTES or not header.startswith(b"PK\x03\x04"):
        raise _changed(partition)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return at + LOCAL_HEADER_BYTES + lengths


def _decompress(partition: Partition, folder: str | Path, place: dict[str, Any], out: BinaryIO) -> None:
    if place["method"] != DEFLATED:
        import zipfile

        with open_source(partition.source, folder) as stream, zipfile.ZipFile(stream) as archive:
            info = next(info for info in archive.infolist() if info.header_offset == place["at"])
            with archive.open(info) as member:
                shutil.copyfileobj(member, out, _COPIED_BYTES)
        return
    with open_raw(partition.source, folder) as raw:
        start = _data_start(raw, place, partition)
        stop = start + int(place["bytes"])
        part = io.BufferedReader(RangesReader(raw, [(start, stop)]), buffer_bytes(partition.source))
        decoder, crc = zlib.decompressobj(wbits=-15), 0
        while fed := part.read(1 << 14):
            data = decoder.decompress(fed)
            crc = zlib.crc32(data, crc)
            out.write(data)
        data = decoder.flush()
        out.write(data)
        if zlib.crc32(data, crc) != place["crc"] or out.tell() != place["size"]:
            raise EOFError(f"the member {place['of']['member']} is damaged")


def _changed(partition: Partition) -> AgilabError:
    return AgilabError(f"{partition.source} is not as it was planned", hint="plan and run again")
