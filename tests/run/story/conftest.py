"""Events as a driver writes them, and what a run would have measured."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from jupyter_agilab.run.story.journal import Journal, read_journal
from jupyter_agilab.run.story.measured import NO_RESULT, Measured

ORIGIN = 1_000.0


class Script:
    """A journal written by hand: times are seconds after submit."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def add(self, at: float, type_: str, **fields: Any) -> Script:
        self.events.append({"v": 1, "t": ORIGIN + at, "type": type_, **fields})
        return self

    def started(self, at: float = 1.0, slots: int = 2) -> Script:
        return self.add(at, "run.started", runner="pool", slots=slots, partitions=10, reused=0)

    def joined(self, *names: str, at: float = 1.0) -> Script:
        for name in names:
            self.add(at, "worker.joined", worker=name, host="here", pid=1)
        return self

    def given(self, at: float, task: int, indexes: str = "", **fields: Any) -> Script:
        told = {"attempt": 1, "partitions": 1, "first": 0, **fields}
        return self.add(at, "task.started", task=task, indexes=indexes, **told)

    def done(self, at: float, task: int, worker: str, seconds: float, **fields: Any) -> Script:
        told = {"attempt": 1, "finished": 1, "slowest_s": seconds, "peak_memory_bytes": 0, **fields}
        told.setdefault("started", ORIGIN + at - seconds)
        return self.add(at, "task.finished", task=task, worker=worker, seconds=seconds, **told)

    def failed(
        self, at: float, index: int, worker: str, *, final: bool = True, kind: str = "raised"
    ) -> Script:
        return self.add(
            at,
            "partition.failed",
            index=index,
            worker=worker,
            final=final,
            kind=kind,
            error_type="ValueError",
        )

    def read(self, now: float | None = None) -> Journal:
        return read_journal(self.events, ORIGIN, None if now is None else ORIGIN + now)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def measured() -> Callable[..., Measured]:
    """Give ``measured(seconds, task=..., cpu=..., memory=...)``; None in `seconds` means no result."""

    def make(
        seconds: Sequence[float | None],
        *,
        task: Sequence[int] | None = None,
        cpu: float = 0.0,
        memory: int = 0,
    ) -> Measured:
        known = [each or 0.0 for each in seconds]
        done = [index + 1 if each is not None else NO_RESULT for index, each in enumerate(seconds)]
        return Measured(
            task=array("q", task or done),
            seconds=array("d", known),
            cpu_s=array("d", [cpu * each for each in known]),
            memory_bytes=array("q", [memory] * len(known)),
            size_bytes=array("q", [10] * len(known)),
            records=array("q", [1] * len(known)),
        )

    return make
