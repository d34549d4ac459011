"""What the lines about a workflow call its stages and their tasks; a project may say it in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_agilab.panel.figures import counted
from jupyter_agilab.partition.types import Partition


@dataclass(frozen=True, slots=True)
class Task:
    """One partition of a stage of a workflow.

    Attributes
    ----------
    stage
        The stage's name in the workflow.
    partition
        The partition.
    fed_by
        The partitions of other stages that it needs, by what their results are passed as.
    """

    stage: str
    partition: Partition
    fed_by: Mapping[str, Partition] = field(default_factory=dict)


class Wording:
    """The usual words. A project that has its own overrides what it wants, as in its own ``submitting``."""

    def heading(self, stage: str, letter: str) -> str:
        """Give the line above a stage's tasks; `letter` counts the stages."""
        return f"Stage {letter}: {stage}"

    def named(self, task: Task) -> str:
        """Say in a few words which task it is: what feeds it, and its own parameters."""
        if not task.fed_by:
            return task.partition.describe()
        fed = [f"{name} {partition.describe()}" for name, partition in task.fed_by.items()]
        own = [f"{name}={value!r}" for name, value in (task.partition.parameters or {}).items()]
        return ", ".join((*fed, *own))

    def task_id(self, task: Task) -> str:
        """Give the name of a task's log files, unique in its stage."""
        return task.partition.id

    def submitting(self, task: Task) -> str:
        """Give the line about a task that begins."""
        return f"Submitting {task.stage} for {self.named(task)}"

    def waiting(self, stage: str, count: int) -> str:
        """Give the line behind a stage's tasks."""
        return f"Waiting for {counted(count, 'partition')} of {stage} to complete"

    def completed(self, stage: str, number: int, count: int, task: Task | None) -> str:
        """Give the line about a task that went well; None: it stands for several."""
        named = f" ({self.named(task)})" if task is not None else ""
        return f"{stage}: [{number}/{count}] completed{named}"

    def failed(self, stage: str, number: int, count: int, task: Task | None, error: str) -> str:
        """Give the line about a task that failed for good."""
        named = f" ({self.named(task)})" if task is not None else ""
        return f"{stage}: [{number}/{count}] FAILED: {error}{named}"

    def skipped(self, stage: str, number: int, count: int, task: Task | None, reason: str) -> str:
        """Give the line about a task that was not run, because one that it needs failed."""
        named = f" ({self.named(task)})" if task is not None else ""
        return f"{stage}: [{number}/{count}] SKIPPED: {reason}{named}"

    def aggregated(self, stage: str, artifact: str, missing: int) -> str:
        """Give the line about a stage's results, merged into one file, and how many of them it lacks."""
        lacks = f", which lacks {counted(missing, 'partition')}" if missing else ""
        return f"{stage}: results aggregated in {artifact}{lacks}"

    def is_off(self, stage: str, letter: str, flag: str) -> str:
        """Give the line about a stage that no flag has switched on."""
        why = (
            f"the flag {flag} is off; --flag {flag} switches it on"
            if flag
            else "what feeds it is switched off"
        )
        return f"Stage {letter}: {stage} skipped: {why}"
