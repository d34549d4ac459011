"""A workflow's run as lines of text, for logs of programs that run notebooks and for terminals.

Only journals are read: that of the workflow, and those of its stages' runs. Completions are counted as they
come, whatever their order, so a slow task hides nothing.
"""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.workflow.task_logs import write_task_logs
from jupyter_agilab.panel.workflow.wording import Task, Wording
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.run.events import EventReader
from jupyter_agilab.run.index_ranges import indexes_in
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.taken_over import taken_over
from jupyter_agilab.workflow.running.frozen import FrozenStage, load_frozen

if TYPE_CHECKING:
    from jupyter_agilab.workflow.running.settings import WorkflowSettings
    from jupyter_agilab.workflow.running.status import WorkflowStatus

Write = Callable[[str], None]

_NAMED_ONE_BY_ONE = 60
"""Stages of more partitions are told in fewer lines: nobody reads ten thousand of them."""
_STEPS = 50
_LOGS_S = 1.0
_FAILURES_TOLD = 60
_ERROR_CHARACTERS = 300


class WorkflowLines:
    """Writes lines about a workflow's run as it goes on.

    Parameters
    ----------
    run
        The run of the workflow.
    write
        Called with each line, without its end.
    wording
        The words.
    logs
        A folder for a log and an error file of each task; None: none are written.
    """

    def __init__(
        self, run: RunDirectory, write: Write, wording: Wording | None = None, logs: Path | None = None
    ) -> None:
        self._frozen = load_frozen(run)
        self._write = write
        self.wording = wording or Wording()
        self._logs = logs
        self._journal = EventReader(run.events)
        self._stages = [
            _StageLines(self, stage, _letter(number)) for number, stage in enumerate(self._frozen.stages)
        ]
        self._has_ended = False

    def poll(self) -> None:
        """Write what is new; does not block."""
        # read first, told last: what it says of a stage comes after what the others' journals say
        events = list(self._journal.read())
        for stage in self._stages:
            stage.poll()
        for event in events:
            self._take(event)

    def close(self) -> None:
        """Write what is left, and how it ended."""
        if self._has_ended:
            return
        self._has_ended = True
        self.poll()
        for stage in self._stages:
            stage.close()
            stage.tell_off()
        on = [stage for stage in self._stages if stage.run is not None]
        count, done = sum(stage.count for stage in on), sum(stage.done for stage in on)
        failed, skipped = sum(stage.failed for stage in on), sum(stage.skipped for stage in on)
        more = [f"{number:,} {word}" for number, word in ((failed, "failed"), (skipped, "skipped")) if number]
        name = self._frozen.workflow.name
        told = ", ".join([f"{done:,} of {counted(count, 'partition')} completed", *more])
        self.write(f"{name}: {told}")

    def write(self, line: str) -> None:
        """Write one line, unless it is empty; control characters of data are escaped."""
        if line:
            self._write(printable(line))

    def _take(self, event: dict[str, Any]) -> None:
        for stage in self._stages:
            if stage.name == event.get("stage"):
                stage.take_of_workflow(event)

    def task(self, stage: str, partition: Partition) -> Task:
        """Give a partition with those that feed it."""
        fed_by = {}
        for name, (other, index) in ((partition.detail or {}).get("elements") or {}).items():
            found = next((each for each in self._stages if each.name == other), None)
            if found is not None and (fed := found.partition(index)) is not None:
                fed_by[name] = fed
        return Task(stage, partition, fed_by)

    def flag_of(self, stage: str) -> str:
        """Name the flag that switches a stage on; empty where it has none."""
        return self._frozen.workflow.stages[stage].when

    @property
    def logs(self) -> Path | None:
        """The folder of the tasks' files."""
        return self._logs


class _StageLines:
    """The lines about one stage."""

    def __init__(self, lines: WorkflowLines, stage: FrozenStage, letter: str) -> None:
        self._lines = lines
        self._letter = letter
        self._stage = stage
        self.name = stage.name
        self.run = stage.run
        self.count = self.done = self.failed = self.skipped = 0
        self._is_started = False
        self._reader = EventReader(stage.run.events) if stage.run is not None else None
        self._partitions: Sequence[Partition] | None = None
        # plan indexes of a task whose failures are still to come, and how many of them
        self._waiting: list[int] = []
        self._failures_to_come = 0
        self._step_told = 0
        self._fresh: set[int] = set()
        self._ended: set[int] = set()
        self._errors: dict[int, str] = {}
        self._logs_at = 0.0

    def tell_off(self) -> None:
        if self.run is None:
            flag = self._lines.flag_of(self.name)
            self._lines.write(self._lines.wording.is_off(self.name, self._letter, flag))

    def partition(self, index: int) -> Partition | None:
        """Give a partition of the plan; None where it cannot be read."""
        if self._partitions is None and self.run is not None:
            try:
                self._partitions = stored_partitions(self.run.path)
            except (OSError, ValueError, KeyError):
                return None
        if self._partitions is None or not 0 <= index < len(self._partitions):
            return None
        return self._partitions[index]

    def poll(self) -> None:
        for event in self._reader.read() if self._reader is not None else ():
            self._take(event)
        self._write_logs()

    def close(self) -> None:
        self._complete(self._waiting)
        self._waiting = []
        self._write_logs(at_once=True)

    def take_of_workflow(self, event: dict[str, Any]) -> None:
        """Take an event of the workflow's journal that is about this stage."""
        if event["type"] == "partition.skipped":
            self._skip(event)
        elif event["type"] == "stage.ended" and event["state"] == "skipped" and not self._is_started:
            self._lines.write(f"Stage {self._letter}: {self.name} skipped: {event['message']}")

    def _skip(self, event: dict[str, Any]) -> None:
        # its own journal may be a moment behind that of the workflow
        self.poll()
        before = f"{event['ancestor_stage']} ({event['ancestor_described']})"
        error = f"{event['error_type']}: {event['message']}".partition("\n")[0][:_ERROR_CHARACTERS]
        reason = f"{before} failed: {error}"
        told = f"not run: {reason}\n\n{event['traceback'].rstrip()}\n\nits logs: {event['logs']}"
        for index in indexes_in(event["indexes"]):
            self.skipped += 1
            self._end(index, told)
            if self.skipped <= _FAILURES_TOLD:
                task = self._task(index)
                line = self._lines.wording.skipped(self.name, self._through, self.count, task, reason)
                self._lines.write(line)

    def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "run.started":
                self._start(event)
            case "task.finished":
                self._complete(self._waiting)
                indexes = [*indexes_in(event.get("indexes", ""))]
                failures = len(indexes) - event["finished"]
                self._waiting, self._failures_to_come = indexes, failures
                if failures <= 0:
                    self._complete(indexes)
                    self._waiting = []
            case "partition.failed":
                self._fail(event)
            case "run.ended":
                self._complete(self._waiting)
                self._waiting = []
                if event["artifact"]:
                    missing = event.get("missing_count", 0)
                    told = self._lines.wording.aggregated(self.name, event["artifact"], missing)
                    self._lines.write(told)

    def _start(self, event: dict[str, Any]) -> None:
        if self._is_started:
            return
        self._is_started = True
        self.count = event["partitions"]
        write, wording = self._lines.write, self._lines.wording
        write(wording.heading(self.name, self._letter))
        before = taken_over(self.run) if event["reused"] and self.run is not None else {}
        self.done = len(before)
        if before:
            write(f"{counted(len(before), 'partition')} of {self.name} taken over from earlier runs")
        left = self.count - len(before)
        if self.count <= _NAMED_ONE_BY_ONE:
            for index in range(self.count):
                if index not in before and (task := self._task(index)) is not None:
                    write(wording.submitting(task))
        elif left:
            write(f"Submitting {counted(left, 'partition')} of {self.name}")
        if left:
            write(wording.waiting(self.name, left))
        self._fresh.update(before)

    def _fail(self, event: dict[str, Any]) -> None:
        index = event["index"]
        if index in self._waiting:
            self._waiting.remove(index)
            self._failures_to_come -= 1
        if event["final"]:
            self.failed += 1
            error = f"{event['error_type']}: {event['message']}".partition("\n")[0][:_ERROR_CHARACTERS]
            self._end(index, event["traceback"] or error)
            if self.failed <= _FAILURES_TOLD:
                told = self._lines.wording.failed(
                    self.name, self._through, self.count, self._task(index), error
                )
                self._lines.write(told)
        if self._failures_to_come <= 0:
            self._complete(self._waiting)
            self._waiting = []

    def _complete(self, indexes: Sequence[int]) -> None:
        wording = self._lines.wording
        for index in indexes:
            self.done += 1
            self._end(index)
            step = max(1, self.count // _STEPS)
            if self.count <= _NAMED_ONE_BY_ONE:
                task = self._task(index)
                self._lines.write(wording.completed(self.name, self._through, self.count, task))
            elif self._through // step > self._step_told or self._through == self.count:
                self._step_told = self._through // step
                self._lines.write(wording.completed(self.name, self._through, self.count, None))

    def _end(self, index: int, error: str = "") -> None:
        self._fresh.add(index)
        if error:
            self._errors[index] = error

    @property
    def _through(self) -> int:
        return self.done + self.failed + self.skipped

    def _task(self, index: int) -> Task | None:
        partition = self.partition(index)
        return self._lines.task(self.name, partition) if partition is not None else None

    def _write_logs(self, *, at_once: bool = False) -> None:
        folder, now = self._lines.logs, time.monotonic()
        # each look reads all that says where the tasks' texts are
        if folder is None or self.run is None or not (at_once or now - self._logs_at > _LOGS_S):
            return
        fresh = self._fresh - self._ended
        if not fresh:
            return
        self._logs_at = now
        self._ended |= fresh
        write_task_logs(self.run, folder / self.name, fresh, self._name, self._errors)

    def _name(self, index: int) -> str:
        task = self._task(index)
        return self._lines.wording.task_id(task) if task is not None else str(index)


def _letter(number: int) -> str:
    letters = string.ascii_uppercase
    return letters[number] if number < len(letters) else str(number + 1)


def run_with_lines(
    path: str | Path,
    settings: WorkflowSettings | None = None,
    *,
    write: Write = print,
    wording: Wording | None = None,
    logs: str | Path | None = None,
) -> WorkflowStatus:
    """Run a workflow, write lines about it as it goes on, and give how it ended; blocks.

    Parameters
    ----------
    wording
        The words, where a project has its own.
    logs
        A folder for a log and an error file of each task.

    Raises
    ------
    AgilabError
        The run cannot start.
    """
    from jupyter_agilab.workflows import submit_workflow

    watch = submit_workflow(path, settings)
    folder = Path(logs) if logs is not None else None
    lines = WorkflowLines(RunDirectory(Path(watch.status.run_dir)), write, wording, folder)
    status = watch.wait(lambda _: lines.poll())
    lines.close()
    return status
