"""Results without a share: tasks run in a private folder of their worker, and files travel in the answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.contract.sizes import size_text
from jupyter_agilab.errors import OutputError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.private_folder import new_private_folder
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.segments import INDEX_SUFFIX
from jupyter_agilab.run.types import StageSpec, Task, TaskReport
from jupyter_agilab.run.work import run_task

_NOTE_S = 0.5
_homes: dict[str, Home] = {}
_lock = threading.Lock()


class CarryLimitError(OutputError):
    """What a task would send through the scheduler is more than the cluster's table allows."""

    code = "results-limit"


@dataclass(frozen=True, slots=True)
class Carried:
    """A worker's answer: its report and the files that belong to it.

    ``files`` are relative to the run's directory, each with the offset at which its bytes belong; an index of
    results comes after the results.
    """

    report: TaskReport
    files: tuple[tuple[str, int, bytes], ...]


class Home:
    """A run's directory inside a worker process, in the folder for temporary files."""

    def __init__(self, spec: StageSpec) -> None:
        self.run = RunDirectory(new_private_folder() / spec.stage / spec.run_id)
        self.run.segments.mkdir(parents=True)
        # inputs are where the author says; what is relative may be on a disk that every host has
        folder = spec.folder if Path(spec.folder).is_dir() else str(self.run.path)
        self.spec = replace(spec, run_dir=str(self.run.path), folder=folder)
        self._sent: dict[str, int] = {}
        self._noted: dict[str, bytes] = {}

    def results(self, name: str | None) -> Iterable[tuple[str, int, bytes]]:
        """Take the results out of their segment."""
        if name is None:
            return
        data = self.run.segments / name.replace(INDEX_SUFFIX, ".data")
        for path in (data, self.run.segments / name):
            yield f"segments/{path.name}", 0, path.read_bytes()
            path.unlink()

    def logs(self) -> Iterable[tuple[str, int, bytes]]:
        """Give what has been added to the logs since they were given last."""
        with _lock:
            for path in sorted(self.run.logs.glob("*")):
                name = f"logs/{path.name}"
                start = 0 if path.suffix == ".now" else self._sent.get(name, 0)
                with path.open("rb") as file:
                    file.seek(start)
                    added = file.read()
                if added or name not in self._sent:
                    self._sent[name] = start + len(added)
                    yield name, start, added

    def notes(self) -> Iterable[tuple[str, bytes]]:
        """Give the notes that have changed since they were given last."""
        for path in self.run.notes.glob("*.note"):
            with suppress(OSError):
                data = path.read_bytes()
                if self._noted.get(path.name) != data:
                    self._noted[path.name] = data
                    yield path.name, data


def run_and_carry(
    spec: StageSpec,
    task: Task,
    partitions: Iterable[Partition],
    worker: str,
    *,
    limit_bytes: int,
    keep_going: bool,
    shares_process: bool,
    tell: Callable[[dict[str, Any]], None],
) -> Carried:
    """Run one batch as `jupyter_agilab.run.work.run_task` does, and take its files along.

    Parameters
    ----------
    limit_bytes
        What the results of one task may take.
    tell
        Called, while the task runs, with the worker's note as it changes.

    Raises
    ------
    CarryLimitError
        The results take more.
    """
    with _lock:
        home = _homes.get(spec.run_dir)
        if home is None:
            home = _homes[spec.run_dir] = Home(spec)
    ended = threading.Event()
    threading.Thread(target=_tell_notes, args=(home, ended, tell), daemon=True).start()
    try:
        report = run_task(
            home.spec,
            task,
            worker,
            keep_going=keep_going,
            shares_process=shares_process,
            partitions=partitions,
        )
    finally:
        ended.set()
    if report.bytes > limit_bytes:
        raise CarryLimitError(
            f"the results of one task ({len(report.indexes)} partitions) have {size_text(report.bytes)}; "
            f"results_limit of the cluster lets {size_text(limit_bytes)} travel through its scheduler",
            hint='let the workers see the contract\'s folder and set results = "share", take smaller '
            "batches, return less, or raise results_limit",
        )
    return Carried(report, (*home.results(report.segment), *home.logs()))


def unpack(carried: Carried, run: RunDirectory) -> TaskReport:
    """Write the files of an answer into the run's directory, results before their index.

    Raises
    ------
    OSError
        They cannot be written.
    """
    for name, offset, data in carried.files:
        folder, _, file_name = name.partition("/")
        path = {"segments": run.segments, "logs": run.logs}[folder] / Path(file_name).name
        if folder == "segments":
            write_bytes(path, data)
            continue
        path.parent.mkdir(exist_ok=True)
        with path.open("r+b" if path.exists() else "xb") as file:
            file.seek(offset)
            file.write(data)
    return carried.report


def _tell_notes(home: Home, ended: threading.Event, tell: Callable[[dict[str, Any]], None]) -> None:
    while True:
        with _lock:
            changed = list(home.notes())
        for name, data in changed:
            tell({"what": "note", "file": name, "data": data.hex(), "at": time.time()})
        if ended.wait(_NOTE_S):
            return
