"""The workers that all stages of a workflow share, told to each stage's journal."""

from __future__ import annotations

import threading
from typing import Any

from jupyter_agilab.run.crew import Crew


class Roster:
    """Passes on what the runner tells of its workers; the runner calls it, from any thread.

    Parameters
    ----------
    crew
        The workflow's own, which hears everything.
    """

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self._stages: list[Crew] = []
        self._owners: dict[int, Crew] = {}
        self._lock = threading.RLock()

    def __call__(self, kind: str, /, **fields: Any) -> None:
        """Take an event of a worker."""
        with self._lock:
            if kind == "task.taken":
                owner = self._owners.get(fields["task"])
                if owner is not None:
                    owner(kind, **fields)
                return
            for crew in (self.crew, *self._stages):
                crew(kind, **fields)

    def add(self, crew: Crew) -> None:
        """Let a stage hear too; who is there is told first."""
        with self._lock:
            for name, member in self.crew.alive().items():
                crew("worker.joined", worker=name, host=member.host, pid=member.pid)
            self._stages.append(crew)

    def remove(self, crew: Crew) -> None:
        """Let a stage that has ended hear no more."""
        with self._lock:
            if crew in self._stages:
                self._stages.remove(crew)

    def own(self, task: int, crew: Crew) -> None:
        """Note whose task it is, before it is handed over."""
        with self._lock:
            self._owners[task] = crew

    def disown(self, task: int) -> None:
        """Forget a task that was answered."""
        with self._lock:
            self._owners.pop(task, None)
