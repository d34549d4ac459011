"""The journal of a run: ``events.jsonl``, one JSON object per line, appended only by the driver.

Every display reads this file and nothing else, so any number of them can watch a run from anywhere.

`jupyter_agilab.run.event_schema` declares the events and their fields.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_agilab.run.event_schema import VERSION, is_sound

_MARK_BYTES = 64
_TURN_PATIENCE_S = 1.0


class EventWriter:
    """Appends events, from any thread; every line reaches the file system before the call returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._is_torn = False
        # a signal may come in the middle of an event, and its handler tell the end
        self._turn = threading.RLock()

    def emit(self, kind: str, /, **fields: Any) -> None:
        """Append one event.

        Raises
        ------
        OSError
            The disk is full. The event that comes next starts on a line of its own.
        """
        # not for ever: the end is told also where another thread is stuck in here
        has_turn = self._turn.acquire(timeout=_TURN_PATIENCE_S)
        try:
            record = {"v": VERSION, "t": round(time.time(), 4), "type": kind, **fields}
            line = json.dumps(record, separators=(",", ":"), default=str).encode() + b"\n"
            if self._is_torn:
                line = b"\n" + line
            # a disk that fills takes a part of the line first, and only then says so
            self._is_torn = True
            while line:
                line = line[self._file.write(line) :]
            self._is_torn = False
        finally:
            if has_turn:
                self._turn.release()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class EventReader:
    """Reads the events that have come since the last call.

    A torn last line (the driver was killed while writing) is left for later. Passed over are damaged lines,
    events of a newer schema version, and events that lack what a reader relies on. Where the file was cut
    or replaced since the last call it is read anew, from the first event that is later than those given.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        # the last bytes before the offset: while they are there, the file is the one that was read before
        self._mark = b""
        self._last = -math.inf

    def read(self) -> Iterator[dict[str, Any]]:
        """Give the new events; nothing while the file cannot be read. Does not block."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset - len(self._mark))
                data = file.read()
                after = -math.inf
                if data.startswith(self._mark):
                    data = data[len(self._mark) :]
                else:
                    file.seek(0)
                    data = file.read()
                    self._offset, self._mark, after = 0, b"", self._last
        except (OSError, ValueError):
            return
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        self._mark = (self._mark + data[:whole][-_MARK_BYTES:])[-_MARK_BYTES:]
        for line in data[:whole].split(b"\n"):
            event = _event_of(line)
            if event is not None and event["t"] > after:
                self._last = event["t"]
                yield event


def _event_of(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(event, dict) and event.get("v") == VERSION and is_sound(event)
    return event if is_ours else None


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """Give all events of a run that are there now."""
    return EventReader(path).read()
