"""How large a piece of work is, where it fits, and how long a batch job that does it should be allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Scale = Literal["small", "medium", "large", "very large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Where so many jobs fit.

    Attributes
    ----------
    jobs
        The number asked about.
    scale
        Its size in a word.
    place
        Where such work is usually done.
    max_blocks
        How many batch jobs with workers to ask for at most; None: none are needed.
    """

    jobs: int
    scale: Scale
    place: str
    max_blocks: int | None

    @property
    def text(self) -> str:
        """Say it in a line."""
        blocks = f", at most {self.max_blocks} batch jobs at once" if self.max_blocks else ""
        return f"{self.scale}: {self.place}{blocks}"


def advise(jobs: int) -> Advice:
    """Say where so many jobs fit; the limits are those that Lambda-Hat's users found.

    Up to 4 jobs are small, up to 40 medium, up to 250 large.
    """
    if jobs <= 4:
        return Advice(jobs=jobs, scale="small", place="this machine", max_blocks=None)
    if jobs <= 40:
        return Advice(jobs=jobs, scale="medium", place="this machine or a small cluster", max_blocks=None)
    if jobs <= 250:
        return Advice(jobs=jobs, scale="large", place="a cluster", max_blocks=50)
    return Advice(jobs=jobs, scale="very large", place="a cluster", max_blocks=100)


@dataclass(frozen=True, slots=True)
class Walltime:
    """Limits of time for a batch job, in whole minutes: a fifth and three tenths more than the estimate."""

    least_min: int
    most_min: int

    @property
    def text(self) -> str:
        """Give the longer one as schedulers write it: ``02:10:00``."""
        return f"{self.most_min // 60:02d}:{self.most_min % 60:02d}:00"


def suggested_walltime(estimate_s: float) -> Walltime:
    """Suggest a limit of time for a batch job that is expected to take `estimate_s` seconds.

    Raises
    ------
    ValueError
        The estimate is not a positive number.
    """
    if not math.isfinite(estimate_s) or estimate_s <= 0:
        raise ValueError(f"an estimate must be a positive number of seconds; got {estimate_s!r}")
    # seconds are rounded first: 6000 * 1.2 / 60 is a little more than 120
    return Walltime(*(math.ceil(round(estimate_s * share / 60, 6)) for share in (1.2, 1.3)))
