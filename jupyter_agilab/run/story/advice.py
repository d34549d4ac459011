"""Advice for the next run: each rule looks at the figures and says one thing, or nothing.

A rule gives a code and the figures that it follows from; displays put them into words. Rules about time keep
silent where less than a second, or less than a tenth of the run, could be gained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.sizes import parse_size
from jupyter_agilab.run.story.figures import RunFigures
from jupyter_agilab.run.story.journal import Journal

Figure = float | int | str


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do differently. ``code`` is stable; ``figures`` are what it follows from."""

    code: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the rules look at. ``cores`` is of the driver's host, 0 where unknown."""

    figures: RunFigures
    journal: Journal
    contract: Contract | None
    cores: int
    longest: str

    @property
    def slots(self) -> int:
        """Workers that the run had."""
        return self.journal.slots

    @property
    def went_wrong(self) -> bool:
        """Whether attempts failed: then the time went into them, and says little about workers."""
        return self.journal.mark_count > 0

    def matters(self, gain_s: float) -> bool:
        """Whether a gain is worth a sentence."""
        return gain_s >= max(1.0, 0.1 * self.figures.elapsed_s)


Rule = Callable[[Evidence], Advice | None]


def not_worth_it(seen: Evidence) -> Advice | None:
    """Say when one worker, one partition after another, would have been about as fast."""
    figures = seen.figures
    alone_s = figures.work_s + figures.reduce_s
    if seen.slots < 2 or not figures.done or figures.elapsed_s < 2 or seen.went_wrong:
        return None
    if alone_s > 1.1 * figures.elapsed_s:
        return None
    return Advice(
        "run.not-worth-it", {"alone_s": alone_s, "elapsed_s": figures.elapsed_s, "workers": seen.slots}
    )


def tiny_partitions(seen: Evidence) -> Advice | None:
    """Say when handing partitions out costs more than doing them."""
    figures = seen.figures
    overhead_s = figures.busy_s - figures.work_s - figures.retry_s - figures.lost_s
    if figures.done < 50 or figures.median_s > 0.02 or overhead_s < 0.3 * figures.busy_s:
        return None
    if not seen.matters(overhead_s / max(1, seen.slots)):
        return None
    return Advice(
        "partitions.tiny",
        {
            "partitions": figures.done,
            "median_s": figures.median_s,
            "overhead_s": overhead_s,
            "work_s": figures.work_s,
        },
    )


def one_long_partition(seen: Evidence) -> Advice | None:
    """Say when the others wait for one partition."""
    figures = seen.figures
    if seen.slots < 2 or figures.done < 2:
        return None
    ideal_s = figures.work_s / min(seen.slots, figures.done)
    if figures.longest_s < max(0.5 * figures.working_s, 3 * figures.median_s):
        return None
    if not seen.matters(figures.longest_s - ideal_s):
        return None
    return Advice(
        "partitions.one-long",
        {
            "index": figures.longest,
            "described": seen.longest,
            "longest_s": figures.longest_s,
            "median_s": figures.median_s,
            "working_s": figures.working_s,
            "ideal_s": ideal_s,
        },
    )


def idle_workers(seen: Evidence) -> Advice | None:
    """Say when some workers had nothing to do."""
    figures = seen.figures
    if seen.slots < 2 or not figures.working_s or figures.at_once > 0.7 * seen.slots or seen.went_wrong:
        return None
    if not seen.matters(figures.working_s - figures.busy_s / seen.slots):
        return None
    return Advice(
        "workers.idle",
        {
            "workers": seen.slots,
            "at_once": figures.at_once,
            "enough": max(1, round(figures.at_once + 0.4)),
            "partitions": figures.done,
        },
    )


def unbalanced(seen: Evidence) -> Advice | None:
    """Say when workers waited at the end for the last one."""
    figures = seen.figures
    if seen.slots < 2 or seen.went_wrong or not seen.matters(figures.tail_s * (1 - 1 / seen.slots)):
        return None
    return Advice(
        "workers.unbalanced",
        {"tail_s": figures.tail_s, "working_s": figures.working_s, "workers": seen.slots},
    )


def more_workers(seen: Evidence) -> Advice | None:
    """Say when all workers were busy all the time, and the machine has more cores."""
    figures = seen.figures
    if not seen.slots or seen.slots >= seen.cores or figures.at_once < 0.9 * seen.slots:
        return None
    use = min(seen.cores, figures.done)
    gain_s = figures.working_s * (1 - seen.slots / use) if use else 0.0
    if figures.working_s < 10 or seen.journal.runner not in {"local", "pool"} or not seen.matters(gain_s):
        return None
    return Advice(
        "workers.more",
        {
            "workers": seen.slots,
            "cores": seen.cores,
            "use": use,
            "working_s": figures.working_s,
            "expected_s": figures.working_s - gain_s,
        },
    )


def waiting(seen: Evidence) -> Advice | None:
    """Say when partitions wait for a disk or a network more than they compute."""
    share = seen.figures.cpu_share
    if share is None or share > 0.4 or seen.figures.work_s < 10:
        return None
    return Advice("partitions.wait", {"cpu_share": share, "work_s": seen.figures.work_s})


def start_up(seen: Evidence) -> Advice | None:
    """Say when most of the time went by before the first partition."""
    figures = seen.figures
    if not figures.done or figures.start_s < max(2.0, 0.5 * figures.elapsed_s):
        return None
    return Advice("run.start-up", {"start_s": figures.start_s, "elapsed_s": figures.elapsed_s})


def merging(seen: Evidence) -> Advice | None:
    """Say when merging took a large part of the time."""
    figures = seen.figures
    if figures.reduce_s < 0.3 * figures.elapsed_s or not seen.matters(figures.reduce_s):
        return None
    return Advice(
        "run.merging",
        {
            "reduce_s": figures.reduce_s,
            "elapsed_s": figures.elapsed_s,
            "reducer": seen.journal.reducer,
        },
    )


def memory(seen: Evidence) -> Advice | None:
    """Say when a worker came near its limit."""
    text = seen.contract.execution.memory if seen.contract else None
    limit = parse_size(text) if text else None
    peak = seen.figures.peak_memory_bytes
    if not limit or peak < 0.8 * limit:
        return None
    return Advice("workers.memory", {"peak_bytes": peak, "limit_bytes": limit})


def retries(seen: Evidence) -> Advice | None:
    """Say when trying again never helped, or is what the run rests on."""
    figures = seen.figures
    if not figures.retries:
        return None
    if figures.retries_helped:
        return Advice("retries.needed", {"retries": figures.retries, "helped": figures.retries_helped})
    if figures.retries < 3 and not seen.matters(figures.retry_s):
        return None
    return Advice("retries.wasted", {"retries": figures.retries, "seconds": figures.retry_s})


RULES: tuple[Rule, ...] = (
    not_worth_it,
    one_long_partition,
    unbalanced,
    idle_workers,
    tiny_partitions,
    more_workers,
    waiting,
    start_up,
    merging,
    memory,
    retries,
)
"""In the order in which the advice is given."""

_SAYS_IT_ALREADY: Mapping[str, frozenset[str]] = {
    "run.not-worth-it": frozenset(
        {"partitions.one-long", "workers.unbalanced", "workers.idle", "workers.more", "run.start-up"}
    ),
    "partitions.one-long": frozenset({"workers.unbalanced", "workers.idle"}),
    "workers.unbalanced": frozenset({"workers.idle"}),
}
"""Advice that makes other advice superfluous."""


def advise(seen: Evidence) -> tuple[Advice, ...]:
    """Give the advice that follows from a run; none where there is nothing to say."""
    found = [advice for rule in RULES if (advice := rule(seen)) is not None]
    silent = {code for advice in found for code in _SAYS_IT_ALREADY.get(advice.code, ())}
    return tuple(advice for advice in found if advice.code not in silent)
