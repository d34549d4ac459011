"""What a trial tells: the partition that was run, what it took, and how the reducer did on its result."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.reduce.trial import ReducerTrial
from jupyter_agilab.run.types import Failure

LONGEST_AGAIN_S = 10.0
"""What takes longer than this is not run a second time to be measured better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPartition:
    """What one partition took; as `jupyter_agilab.planning.cost.Sample`."""

    index: int
    partition: str
    described: str
    weight: float
    seconds: float
    cpu_s: float
    memory_bytes: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReport:
    """What one partition did.

    Attributes
    ----------
    ok
        The function returned something that can be stored, and the reducer merges one and two such results.
    seconds, load_seconds
        What the function took, reading its input included; what importing its module took.
    peak_memory_bytes
        Of the whole process.
    records, size_bytes, preview
        The stored result; its beginning as text.
    output
        The beginning of what the function printed.
    failure
        The user's exception, or None.
    reducer
        How the reducer did on one, two and no results.
    cpu_s
        Seconds of a core in ``seconds``.
    sizes
        What a small, a median and a large partition took, where they were asked for.
    """

    stage: str
    partition: str
    described: str
    ok: bool
    seconds: float
    load_seconds: float
    peak_memory_bytes: int
    records: int
    size_bytes: int
    preview: str
    output: str
    failure: Failure | None
    reducer: tuple[ReducerTrial, ...]
    cpu_s: float = 0.0
    sizes: tuple[TriedPartition, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``trial --json``."""
        return dataclasses.asdict(self)
