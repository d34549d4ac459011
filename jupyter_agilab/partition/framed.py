"""Reading what a file of compressed frames holds, by position."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from jupyter_agilab.partition.find_frames import is_damage
from jupyter_agilab.partition.frames import Frames
from jupyter_agilab.partition.source import ByteFile, InputFile, unreadable
from jupyter_agilab.partition.stores import open_raw

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_STEP_BYTES = 1 << 18
# a small step back must not decompress a large frame again
_KEPT_BYTES = 1 << 22


class FramedRaw(io.RawIOBase):
    """What a compressed file holds, as if it were a file; going back is as far as the frame before.

    Parameters
    ----------
    raw
        The compressed file; it is closed with this one.
    compression
        As in `Frames`.
    frames
        Where frames begin in the file and in what it holds; of xz also where each one's stream begins and
        where the frame ends. They need not be all there are.

    Raises
    ------
    OSError, EOFError, ValueError, zlib.error, lzma.LZMAError
        The file cannot be read, or is damaged.
    """

    def __init__(self, raw: io.RawIOBase, compression: str, frames: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.name = getattr(raw, "name", "")
        self.mode = "rb"
        self._file = raw
        self._compression = compression
        self._frames = frames
        self._begins = [frame[1] for frame in frames]
        self._stream: BinaryIO | None = None
        self._number = -1
        # what was read last, and where it begins and ends
        self._kept = bytearray()
        self._begin = self._end = 0
        self._place = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that one can go back."""
        return True

    def tell(self) -> int:
        """Give the place in bytes of what the file holds."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place; gives it. The end is not known."""
        if whence == os.SEEK_END:
            raise io.UnsupportedOperation("the end of the content is not known")
        self._place = offset + (self._place if whence == os.SEEK_CUR else 0)
        return self._place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read up to as many bytes as fit."""
        view = memoryview(buffer).cast("B")
        if not self._reaches(self._place):
            return 0
        inside = self._place - self._begin
        data = self._kept[inside : inside + len(view)]
        view[: len(data)] = data
        self._place += len(data)
        return len(data)

    def readall(self) -> bytes:
        """Read all that is left."""
        read: list[bytes] = []
        while data := self.read(_STEP_BYTES):
            read.append(data)
        return b"".join(read)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()

    def _reaches(self, place: int) -> bool:
        """Read until `place` is among what is kept; False at the end of the file."""
        nearest = bisect_right(self._begins, place) - 1
        if not self._begin <= place <= self._end or self._stream is None:
            is_ahead = self._stream is not None and place >= self._end
            if not is_ahead or self._begins[nearest] > self._end:
                self._open(nearest)
        while place >= self._end:
            data = self._stream.read(_STEP_BYTES) if self._stream is not None else b""
            if not data:
                # of xz, each frame is a stream of its own
                if self._compression != "xz" or self._number + 1 >= len(self._frames):
                    return False
                following = self._frames[self._number + 1]
                if following[1] != self._end:
                    return False
                self._start(self._number + 1)
                continue
            self._kept += data
            self._end += len(data)
            if len(self._kept) > 2 * _KEPT_BYTES:
                gone = len(self._kept) - _KEPT_BYTES
                del self._kept[:gone]
                self._begin += gone
        return True

    def _open(self, number: int) -> None:
        self._kept.clear()
        self._begin = self._end = self._begins[number]
        self._start(number)

    def _start(self, number: int) -> None:
        self._number = number
        place, _, *rest = self._frames[number]
        if self._compression == "xz":
            stream, stop = rest
            self._stream = cast("BinaryIO", _XzBlock(self._file, stream, place, stop))
            return
        self._file.seek(place)
        self._stream = cast("BinaryIO", _Told(decompressing(cast("BinaryIO", self._file), self._compression)))


class _XzBlock:
    """One block of an xz stream: the stream's header is all that a decoder needs before it."""

    def __init__(self, raw: io.RawIOBase, stream: int, place: int, stop: int) -> None:
        import lzma

        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        self._raw, self._place, self._stop = raw, place, stop
        raw.seek(stream)
        self._decoder.decompress(raw.read(12) or b"")

    def read(self, size: int) -> bytes:
        data = b""
        while not data and not self._decoder.eof:
            fed = b""
            if self._decoder.needs_input:
                self._raw.seek(self._place)
                fed = self._raw.read(min(_STEP_BYTES, self._stop - self._place)) or b""
                self._place += len(fed)
                if not fed:
                    break
            data = self._decoder.decompress(fed, size)
        return data


class _NoClose:
    """A stream for pyarrow, which would close it."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self.read = stream.read
        self.readable = stream.readable
        self.seekable = stream.seekable
        self.tell = stream.tell
        self.seek = stream.seek

    def close(self) -> None:
        pass


class _ZstdRaw(io.RawIOBase):
    """A zstd stream of pyarrow's as Python's own kind of stream."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._below = stream
        self._begin = stream.tell()
        self._open()

    def _open(self) -> None:
        import pyarrow as pa

        self._below.seek(self._begin)
        self._stream: Any = pa.CompressedInputStream(pa.PythonFile(_NoClose(self._below), mode="r"), "zstd")
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence == os.SEEK_END:
            raise io.UnsupportedOperation("the end of the content is not known")
        wanted = offset + (self._place if whence == os.SEEK_CUR else 0)
        if wanted < self._place:
            self._open()
        while self._place < wanted and self.read(min(_STEP_BYTES, wanted - self._place)):
            pass
        return self._place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self._place += len(data)
        return len(data)


def decompressing(stream: BinaryIO, compression: str) -> BinaryIO:
    """Give a stream of what a compressed one holds from its place on, members and frames joined.

    Closing it leaves `stream` open.
    """
    if compression == "gzip":
        import gzip

        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if compression == "bzip2":
        import bz2

        return cast("BinaryIO", bz2.BZ2File(stream))
    if compression == "zstd":
        return cast("BinaryIO", _ZstdRaw(stream))
    import lzma

    return cast("BinaryIO", lzma.LZMAFile(stream))


class _Told(io.RawIOBase):
    """A stream of a decompressor, whose words about a damaged file are not those about a disk."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = cast("io.BufferedIOBase", stream)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        try:
            return self._stream.readinto(buffer)
        except OSError as error:
            if error.errno is None:
                raise EOFError(str(error)) from error
            raise


class _Closing(io.BufferedReader):
    """A stream that takes the one below it along when it is closed."""

    def __init__(self, stream: BinaryIO, below: BinaryIO) -> None:
        super().__init__(_Told(stream), _STEP_BYTES)
        self._below = below

    def close(self) -> None:
        super().close()
        self._below.close()


def owning(stream: BinaryIO, below: BinaryIO) -> BinaryIO:
    """Give a stream that closes the one `below` it along with itself."""
    return cast("BinaryIO", _Closing(stream, below))


class FramedFile(ByteFile):
    """A compressed file that plans read by position of what it holds."""

    def __init__(self, file: InputFile, folder: Path, frames: Frames) -> None:
        self.frames = frames
        super().__init__(file, folder)
        self.size = frames.size

    def read(self, start: int, stop: int) -> bytes:
        """Give the bytes of a half-open range of the content."""
        try:
            return super().read(start, stop)
        except Exception as error:
            if is_damage(error):
                raise unreadable(self.source, error) from error
            raise

    def _opened(self, file: InputFile, folder: Path) -> io.RawIOBase:
        frames = self.frames or Frames("")
        streams: list[tuple[int, ...]] = [*frames.streams] or [()] * len(frames.places)
        every = [
            (place, begin, *stream)
            for place, begin, stream in zip(frames.places, frames.begins, streams, strict=True)
        ]
        return FramedRaw(open_raw(file.source, folder), frames.compression, every)
