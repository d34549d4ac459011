"""Where the bytes of an input are: a file here, or one behind a URL that fsspec can read.

fsspec knows the stores whose plug-ins are installed (``s3fs``, ``gcsfs``, ``adlfs``, …), and takes
credentials and options from its own configuration files and environment variables.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from jupyter_agilab.errors import AgilabError, MissingDependencyError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FOLDER_SUFFIX: Final = ".zarr"
"""A folder of this suffix is one input."""

# one letter is a drive of Windows
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_REMOTE_BUFFER_BYTES = 1 << 22
_LOCAL_BUFFER_BYTES = 1 << 18
# what stores call the version of a file, the most exact first
_VERSIONS = (
    *("ETag", "etag", "e_tag", "Content-MD5", "Digest", "md5Hash", "md5", "checksum", "generation"),
    *("version_id", "VersionId", "LastModified", "last_modified", "Last-Modified", "modified", "mtime"),
    *("updated", "created"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What an input is from outside.

    Attributes
    ----------
    size
        Bytes; of a folder that is one input (Zarr), of all files in it.
    mtime_ns
        Modification time in nanoseconds since the epoch; 0 where a store tells a version.
    version
        What a store says of the content: an ETag, a checksum, else a time. Empty for local files.
    """

    size: int
    mtime_ns: int
    version: str = ""


def is_url(source: str) -> bool:
    """Whether an input is behind a URL."""
    return _URL.match(source) is not None


@lru_cache(maxsize=64)
def store_of(url: str) -> tuple[Any, str]:
    """Give the fsspec file system of a URL, and the path in it.

    Raises
    ------
    MissingDependencyError
        fsspec, or the plug-in for this kind of store, is not installed.
    AgilabError
        No store is known by that protocol.
    """
    if "::" in url:
        raise AgilabError(
            f"{url} is a chain of stores, which cannot be an input",
            hint="name the files themselves; archives and compressed files are looked into by what they are",
        )
    try:
        import fsspec.core
    except ImportError as error:
        raise MissingDependencyError(
            f"{url} is behind a URL, and fsspec is not installed here",
            hint="pip install fsspec and the plug-in for that store, on every machine that runs workers",
        ) from error
    try:
        store, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise MissingDependencyError(f"{url} cannot be read here: {error}") from error
    except ValueError as error:
        raise AgilabError(
            f"{url} cannot be read: {error}", hint="a URL begins with s3://, https://, … as fsspec writes it"
        ) from error
    return store, str(path)


class RemoteRaw(io.RawIOBase):
    """A file of a store, read by position: each read asks for exactly the bytes that are wanted.

    What was asked for last is kept, for a second look.

    Attributes
    ----------
    has_parts
        False as soon as the server was seen to give only whole files.

    Raises
    ------
    OSError
        The store does not answer, or not as asked.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.name = url
        self.mode = "rb"
        self.has_parts = True
        self._store, self._path = store_of(url)
        self._place = 0
        self._size = -1
        self._kept, self._kept_from = b"", 0

    @property
    def size(self) -> int:
        """Bytes, as the store says."""
        if self._size < 0:
            size = info_of(self.name).get("size")
            if size is None:
                raise OSError(errno.EIO, f"{self.name} has no size: its server does not tell")
            self._size = int(size)
        return self._size

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that one can go back."""
        return True

    def tell(self) -> int:
        """Give the place in bytes."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place; gives it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place}.get(whence)
        self._place = (self.size if base is None else base) + offset
        return self._place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read up to as many bytes as fit."""
        view = memoryview(buffer).cast("B")
        stop = min(self._place + len(view), self.size)
        if stop <= self._place:
            return 0
        if self._place < self._kept_from or stop - self._kept_from > len(self._kept):
            self._kept, self._kept_from = self._range(self._place, stop)
        inside = self._place - self._kept_from
        view[: stop - self._place] = self._kept[inside : inside + stop - self._place]
        count, self._place = stop - self._place, stop
        return count

    def readall(self) -> bytes:
        """Read all that is left, in one request."""
        return self.read(max(self.size - self._place, 0)) or b""

    def _range(self, start: int, stop: int) -> tuple[bytes, int]:
        """Give the bytes of a range and where they begin: at 0 from a server that gives only whole files."""
        try:
            data: bytes = self._store.cat_file(self._path, start=start, end=stop)
        except OSError:
            raise
        except Exception as error:  # each store has exceptions of its own
            raise OSError(
                errno.EIO, f"{self.name} cannot be read: {error or type(error).__name__}"
            ) from error
        if len(data) != stop - start:
            if len(data) != self.size:
                raise OSError(errno.EIO, f"{self.name} gave {len(data):,} bytes instead of {stop - start:,}")
            self.has_parts, start = False, 0
        return data, start


def open_raw(source: str, folder: str | Path) -> io.RawIOBase:
    """Open an input unbuffered, by position.

    Raises
    ------
    OSError
        It cannot be opened.
    """
    if is_url(source):
        return RemoteRaw(source)
    return io.FileIO(os.path.join(folder, source))  # noqa: PTH118  # measurably faster for many files


def open_source(source: str, folder: str | Path, ahead_bytes: int = _REMOTE_BUFFER_BYTES) -> BinaryIO:
    """Open an input as a buffered stream; of a store, at least `ahead_bytes` are read at once."""
    if not is_url(source):
        return (Path(folder) / source).open("rb")
    return cast("BinaryIO", io.BufferedReader(RemoteRaw(source), ahead_bytes))


def read_range(raw: io.RawIOBase, start: int, stop: int) -> bytes:
    """Read a half-open range of bytes; fewer where the file ends before."""
    raw.seek(start)
    held = bytearray()
    while part := raw.read(stop - start - len(held)):
        held += part
    return bytes(held)


def size_of(raw: io.RawIOBase) -> int:
    """Give the size of what `open_raw` opened, in bytes."""
    return raw.size if isinstance(raw, RemoteRaw) else os.fstat(raw.fileno()).st_size


def buffer_bytes(source: str) -> int:
    """Give how much to read at once: a request costs more than a system call."""
    return _REMOTE_BUFFER_BYTES if is_url(source) else _LOCAL_BUFFER_BYTES


def info_of(url: str) -> dict[str, Any]:
    """Ask a store about one file.

    Raises
    ------
    OSError
        It is not there, or the store does not answer.
    """
    store, path = store_of(url)
    try:
        return dict(store.info(path))
    except OSError:
        raise
    except Exception as error:  # each store has exceptions of its own
        raise OSError(errno.EIO, f"{url} cannot be found: {error or type(error).__name__}") from error


def look_at(source: str, folder: Path) -> Seen:
    """Give size and time, or version, of an input as they are now.

    Raises
    ------
    OSError
        It is not there, or its store does not answer.
    """
    if is_url(source):
        return seen_by(source, info_of(source))
    path = os.fspath(folder / source)
    if source.endswith(FOLDER_SUFFIX):
        return Seen(*_whole_folder(path))
    seen = os.stat(path)  # noqa: PTH116  # measurably faster for 200,000 files
    return Seen(seen.st_size, seen.st_mtime_ns)


def seen_by(url: str, info: Mapping[str, Any]) -> Seen:
    """Give what fsspec says about a file of a store.

    Raises
    ------
    OSError
        Its size is not known.
    """
    size = info.get("size")
    if size is None:
        raise OSError(errno.EIO, f"{url} has no size: its server does not tell")
    version = next((f"{name} {info[name]}" for name in _VERSIONS if info.get(name)), "")
    return Seen(int(size), 0, version)


def _whole_folder(path: str) -> tuple[int, int]:
    """Give the bytes of all files below a folder, and the newest time of them and of the folders."""
    found = os.stat(path)  # noqa: PTH116  # as above
    if not stat.S_ISDIR(found.st_mode):
        return found.st_size, found.st_mtime_ns
    size, newest = 0, found.st_mtime_ns
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir():
                below, time = _whole_folder(entry.path)
                size, newest = size + below, max(newest, time)
            else:
                seen = entry.stat()
                size, newest = size + seen.st_size, max(newest, seen.st_mtime_ns)
    return size, newest
