"""Files that are written whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from io import BufferedWriter
from pathlib import Path
from typing import Any

from jupyter_agilab.dated_json import tagged


@contextmanager
def replacing(path: Path, ready: Callable[[Path], None] = lambda temporary: None) -> Iterator[BufferedWriter]:
    """Open a temporary file beside `path` that takes its place when the block ends well.

    `ready` is called with the complete, synced temporary file just before it is renamed.

    The file is synced before it is renamed, so that after a crash `path` holds either the old or the new
    content. An exception in the block leaves `path` as it was. Permission bits of a replaced file are kept.
    While it is written the temporary file is locked, by which `remove_parts` knows that its writer lives.

    Raises
    ------
    OSError
        The folder is missing, read-only or full.
    """
    temporary, out = _new_part(path)
    try:
        with out:
            yield out
            out.flush()
            os.fsync(out.fileno())
            with suppress(FileNotFoundError):
                temporary.chmod(path.stat().st_mode & 0o7777)
            ready(temporary)
            # still open, and so still locked
            temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def _new_part(path: Path) -> tuple[Path, BufferedWriter]:
    while True:
        temporary = path.with_name(f"{_part_stem(path)}.{os.urandom(4).hex()}.part")
        out = temporary.open("xb")
        try:
            with suppress(OSError):
                fcntl.flock(out.fileno(), fcntl.LOCK_EX)
            if os.fstat(out.fileno()).st_nlink:
                return temporary, out
        except BaseException:
            out.close()
            raise
        # somebody who tidies up came between the two lines above
        out.close()


def stale_parts(path: Path) -> list[Path]:
    """List what processes killed inside `replacing` left beside `path`."""
    found = sorted(path.parent.glob(f"{escape(_part_stem(path))}.*.part"))
    return [part for part in found if is_abandoned(part)]


def remove_parts(path: Path) -> None:
    """Remove what processes killed inside `replacing` left beside `path`; what still is written is let be."""
    for part in stale_parts(path):
        with suppress(OSError):
            part.unlink()


def is_abandoned(part: Path) -> bool:
    """Say whether nobody writes a temporary file any more; False where the file system does not tell."""
    try:
        descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _part_stem(path: Path) -> str:
    # a file name may have 255 bytes, and 14 more are to come
    return f".{path.name}".encode()[:240].decode("utf-8", "ignore")


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` whole or not at all."""
    with replacing(path) as out:
        out.write(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, line ends as they are, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, dates tagged as in `jupyter_agilab.dated_json`, whole or not at all."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=tagged) + "\n"
    # half of a surrogate pair, as in a file name that is not UTF-8, has no bytes; escaped it is JSON again
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable; does nothing where a platform cannot."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
