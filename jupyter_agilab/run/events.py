"""The journal of a run: ``events.jsonl``, one JSON object per line, appended only by the driver.

Every display reads this file and nothing else, so any number of them can watch a run from anywhere.

Each event has ``v`` (schema version, 1), ``t`` (seconds since the epoch, the driver's clock) and ``type``:

``run.started``     ``run_id, stage, partitions, slots, runner, pid, host, reused``
``run.reused``      ``partitions, records, bytes`` taken over from earlier runs
``worker.joined``   ``worker, host, pid``
``worker.lost``     ``worker, cause``
``task.started``    ``task, attempt, partitions, first`` (the batch's size and its first partition's index)
``task.finished``   ``task, attempt, worker, started, seconds, finished, bytes, records, slowest_s,
peak_memory_bytes``
``partition.failed``  the fields of `jupyter_agilab.run.types.Failure`, ``final`` (no attempt is left)
``reduce.started``  ``reducer``
``reduce.progress`` ``merged, partitions``
``run.ended``       ``state, finished, reused, failed, seconds, artifact, message``
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VERSION = 1


class EventWriter:
    """Appends events; every line reaches the file system before the call returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._is_torn = False

    def emit(self, kind: str, **fields: Any) -> None:
        """Append one event.

        Raises
        ------
        OSError
            The disk is full. The event that comes next starts on a line of its own.
        """
        record = {"v": VERSION, "t": round(time.time(), 4), "type": kind, **fields}
        line = json.dumps(record, separators=(",", ":"), default=str).encode() + b"\n"
        if self._is_torn:
            line = b"\n" + line
        # a disk that fills takes a part of the line first, and only then says so
        self._is_torn = True
        while line:
            line = line[self._file.write(line) :]
        self._is_torn = False

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class EventReader:
    """Reads the events that have come since the last call.

    A torn last line (the driver was killed while writing) is left for later; a damaged line in the middle
    and events of a newer schema version are passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> Iterator[dict[str, Any]]:
        """Give the new events; nothing while the file does not exist yet. Does not block."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        for line in data[:whole].splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("v") == VERSION:
                yield event


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """Give all events of a run that are there now."""
    return EventReader(path).read()
