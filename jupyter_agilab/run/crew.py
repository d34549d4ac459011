"""The workers of a run: who is there, on which host, and who was lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.run.notes import file_name


@dataclass(slots=True)
class Member:
    """One worker. ``lost`` is the moment on the monotonic clock at which it was lost; None while it lives."""

    host: str
    pid: int | None = None
    lost: float | None = None
    cause: str = ""


class Crew:
    """What a runner tells of its workers: kept, and passed on to the journal.

    A runner calls it as its `jupyter_agilab.run.runners.types.WorkerEvent`, from any thread.

    Parameters
    ----------
    emit
        Writes an event.

    Attributes
    ----------
    members
        The workers by name, in the order in which they joined first.
    changes
        Grows with each worker that joins or is lost.
    on_taken
        Called with the number of a task and the name of the worker that takes it up.
    """

    def __init__(self, emit: Callable[..., None]) -> None:
        self._emit = emit
        self.members: dict[str, Member] = {}
        self.changes = 0
        self.on_taken: Callable[[int, str], None] = lambda task, worker: None

    def __call__(self, kind: str, /, **fields: Any) -> None:
        """Take an event of a worker."""
        if kind == "task.taken":
            self.on_taken(fields["task"], fields["worker"])
            return
        name = fields["worker"]
        if kind == "worker.joined":
            self.members[name] = Member(fields["host"], fields.get("pid"))
        elif kind == "worker.lost":
            member = self.members.setdefault(name, Member(fields.get("host") or ""))
            member.lost, member.cause = time.monotonic(), fields["cause"]
            told = {"host": member.host or None, "pid": member.pid}
            fields = {**{key: value for key, value in told.items() if value is not None}, **fields}
        self.changes += 1
        self._emit(kind, **fields)

    def name_of(self, noted: str) -> str:
        """Give a worker's name from its note's, which has `_` for what a file name lacks."""
        if noted in self.members:
            return noted
        return next((name for name in self.members if file_name(name) == noted), noted)

    def alive(self) -> dict[str, Member]:
        """Give the workers that are there now, in the order in which they joined."""
        return {name: member for name, member in self.members.copy().items() if member.lost is None}
