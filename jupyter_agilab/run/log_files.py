"""The files in which workers keep what their partitions print; written by `output`, read by `logs`.

Each worker has four files in the run's ``logs`` directory, all with the same start, ``WORKER-abc123``:

``.stdout``, ``.stderr``
    What was printed, byte by byte as it came, of one partition after another.
``.jsonl``
    Whose it is: for each partition that printed anything one line (or more, where its output is interrupted),
    with ``index``, ``partition``, ``task``, ``attempt``, ``t`` (seconds since the epoch when it was written)
    and ``spans``: stream (1 or 2), start, end, stream, start, end, … in the order in which it was printed.
    ``index`` is null for what no partition can be named for.
``.now``
    Index, task and attempt of the partition that prints at present, by which the rest of the files that no
    line speaks of belongs to it: also when its worker was killed.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

STDOUT, STDERR = 1, 2
STREAMS = {STDOUT: "stdout", STDERR: "stderr"}

INDEX_SUFFIX = ".jsonl"
_NOW = struct.Struct("<3q")
_NOBODY = -1


Now = tuple[int | None, int, int]
"""Index, task and attempt of the partition that prints at present; the index is None where there is none."""

NOBODY: Now = (None, _NOBODY, _NOBODY)


def packed_now(index: int | None, task: int, attempt: int) -> bytes:
    """Give the content of a ``.now`` file."""
    return _NOW.pack(_NOBODY if index is None else index, task, attempt)


class LogFiles:
    """The files of one worker; ``base`` is their path without what follows the dot."""

    __slots__ = ("base",)

    def __init__(self, base: Path) -> None:
        self.base = base

    def stream(self, number: int) -> Path:
        """Give the file of a stream."""
        return self.base.with_name(f"{self.base.name}.{STREAMS[number]}")

    @property
    def index(self) -> Path:
        """Say whose output lies where."""
        return self.base.with_name(f"{self.base.name}{INDEX_SUFFIX}")

    @property
    def now(self) -> Path:
        """Name the partition that prints at present."""
        return self.base.with_name(f"{self.base.name}.now")

    @property
    def worker(self) -> str:
        """The worker's name, as far as a file name can hold it."""
        return self.base.name.rpartition("-")[0]

    def read_now(self) -> Now:
        """Read who prints at present; nobody where that is not known."""
        try:
            index, task, attempt = _NOW.unpack(self.now.read_bytes())
        except (OSError, struct.error):
            return NOBODY
        return None if index == _NOBODY else index, task, attempt


def log_files_in(directory: Path) -> list[LogFiles]:
    """Give the logs of all workers in a run's ``logs``, in the order of their names."""
    try:
        with os.scandir(directory) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(INDEX_SUFFIX))
    except OSError:
        return []
    return [LogFiles(directory / name.removesuffix(INDEX_SUFFIX)) for name in names]


def tidy_logs(directory: Path) -> None:
    """Remove the files of workers whose partitions printed nothing, once the workers are gone."""
    for files in log_files_in(directory):
        streams = [files.stream(number) for number in STREAMS]
        with suppress(OSError):
            if any(path.stat().st_size for path in (*streams, files.index)):
                continue
            for path in (*streams, files.now, files.index):
                path.unlink(missing_ok=True)
    with suppress(OSError):
        directory.rmdir()


def index_line(
    index: int | None, partition: str, task: int, attempt: int, seconds: float, spans: Sequence[int]
) -> bytes:
    """Give one line of an index; `spans` is flat: stream, start, end, and so on."""
    number = "null" if index is None else index
    return (
        f'{{"index":{number},"partition":"{partition}","task":{task},"attempt":{attempt},'
        f'"t":{seconds:.3f},"spans":[{",".join(map(str, spans))}]}}\n'
    ).encode()


def read_index_lines(data: bytes) -> list[dict[str, Any]]:
    """Read whole lines of an index; damaged ones are passed over."""
    lines = [line for line in data.split(b"\n") if line]
    try:
        # one call for all lines: several times faster
        found = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        found = [_or_none(line) for line in lines]
    return [line for line in found if _is_index_line(line)]


def _or_none(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _is_index_line(line: Any) -> bool:
    return isinstance(line, dict) and line.keys() >= {"index", "partition", "task", "attempt", "t", "spans"}
