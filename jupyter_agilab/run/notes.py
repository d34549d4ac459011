"""Notes: what each worker is doing now, written by workers and read by the driver.

A note is a small file that the worker maps into its memory, so keeping it costs a fraction of a microsecond,
and what it says survives the worker: when a process dies, its note names the partition that it died of.
Notes lie in the run's ``workers`` directory as ``WORKER@HOST@PID@THREAD.note``.
"""

from __future__ import annotations

import mmap
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.run.layout import RunDirectory

# native order and alignment: each field is then written at once, and no reader sees half of it
_FIELDS = struct.Struct("@qqdq")
_IDLE = -1
_SUFFIX = ".note"
_MOST_RUNS = 16
_kept: dict[tuple[str, str, int], WorkerNote] = {}


class WorkerNote:
    """A worker's own note: which partition of which task it is at, and since when.

    Parameters
    ----------
    path
        Where the note lies; its folder is made.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        self.pid = os.getpid()
        self._done = 0
        with path.open("w+b") as file:
            # bytes, not a hole: on a full disk this fails here, and not when the map is written to
            file.write(bytes(_FIELDS.size))
            file.flush()
            self._map = mmap.mmap(file.fileno(), _FIELDS.size)
        self._task = _IDLE
        self.rest()

    def begin(self, task: int, index: int) -> None:
        """Say that work on a partition begins now."""
        self._task = task
        _FIELDS.pack_into(self._map, 0, task, index, time.time(), self._done)

    def end(self) -> None:
        """Say that the partition is done; the next one of the same task follows."""
        self._done += 1
        _FIELDS.pack_into(self._map, 0, self._task, _IDLE, time.time(), self._done)

    def rest(self) -> None:
        """Say that there is nothing to do."""
        _FIELDS.pack_into(self._map, 0, _IDLE, _IDLE, time.time(), self._done)


@dataclass(frozen=True, slots=True)
class Doing:
    """What a worker was doing when its note was read.

    Attributes
    ----------
    path
        The note.
    worker, host, pid
        Who; several workers that are threads of one process share its ``pid``.
    task, index
        The task and the plan's index of the partition; None between two of them.
    since
        Seconds since the epoch at which it began, on the worker's clock.
    done
        Partitions that the worker has finished so far.
    """

    path: Path
    worker: str
    host: str
    pid: int
    task: int | None
    index: int | None
    since: float
    done: int


def file_name(worker: str) -> str:
    """Give a worker's name with `_` for what a file name lacks."""
    return re.sub(r"[^\w.+-]", "_", worker)


def note_of_this_worker(run: RunDirectory, worker: str) -> WorkerNote:
    """Give the calling thread's note in a run; the same one each time."""
    key = (str(run.path), worker, threading.get_ident())
    note = _kept.get(key)
    # a forked copy of a worker is not that worker
    if note is None or note.pid != os.getpid():
        # the stages of a workflow take turns
        for other in [other for other in _kept if other[2] == key[2]][:-_MOST_RUNS]:
            del _kept[other]
        who = f"{file_name(worker)}@{socket.gethostname()}@{os.getpid()}@{threading.get_native_id()}"
        path = run.notes / f"{who}{_SUFFIX}"
        note = _kept[key] = WorkerNote(path)
    return note


class NoteReader:
    """Reads the notes of a run's workers.

    Parameters
    ----------
    directory
        The run's ``workers`` directory; it may not be there yet.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self) -> Iterator[Doing]:
        """Give what all workers do now; does not block."""
        try:
            with os.scandir(self._directory) as entries:
                paths = [entry.path for entry in entries if entry.name.endswith(_SUFFIX)]
        except OSError:
            return
        for path in paths:
            doing = read_note(Path(path))
            if doing is not None:
                yield doing

    def forget(self, doing: Doing) -> None:
        """Remove the note of a worker that is gone."""
        with suppress(OSError):
            doing.path.unlink()


def read_note(path: Path) -> Doing | None:
    """Read one note; None where there is none, or one that is just being made."""
    try:
        worker, host, pid, _ = path.name.removesuffix(_SUFFIX).rsplit("@", 3)
        task, index, since, done = _FIELDS.unpack(path.read_bytes())
        return Doing(
            path,
            worker,
            host,
            int(pid),
            None if task == _IDLE else task,
            None if index == _IDLE else index,
            since,
            done,
        )
    except (OSError, ValueError, struct.error):
        return None
