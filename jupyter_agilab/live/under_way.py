"""A job that is under way, and how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jupyter_agilab.live.arranged import ArrangedStage
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.results import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """How one job ended.

    Unpacks like a pair: ``results, error = await jobs.run(job)``, of which one is None.

    Attributes
    ----------
    number
        Counts the jobs from 0, in the order in which they were given.
    results
        What the workflow exposes, as far as it is there.
    error
        The exception of the first stage that failed, with its own traceback; None where all went well.
    failed
        That stage's name.
    skipped
        Stages that were not run because of it.
    """

    number: int
    results: Results
    error: BaseException | None = None
    failed: str = ""
    skipped: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all stages ended well."""
        return self.error is None

    def __iter__(self) -> Iterator[Any]:
        yield self.results if self.error is None else None
        yield self.error

    def raise_if_failed(self) -> None:
        """Raise what the first failed stage raised."""
        if self.error is not None:
            raise self.error


@dataclass(slots=True, eq=False)
class UnderWay:
    """A job that is under way; what became of each stage: its handle, or None where there is no result."""

    number: int
    job: Any
    outcomes: dict[str, asyncio.Future[Handle | None]]
    error: BaseException | None = None
    failed: str = ""
    skipped: list[str] = field(default_factory=list)

    def is_ready(self, stage: ArrangedStage) -> bool:
        """Say whether it is known how all that a stage depends on has ended."""
        return all(need not in self.outcomes or self.outcomes[need].done() for need in stage.needs)

    def note_failure(self, stage: str, error: BaseException) -> None:
        """Keep the first failure."""
        if self.error is None:
            self.error, self.failed = error, stage
