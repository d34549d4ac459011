"""How many workers and partitions are wished for: the arithmetic of AGILAB's preview.

Source: ``examples/parallel_stage/preview_parallel_stage.py`` of https://github.com/ThalesGroup/agilab. Its
two numbers are kept as they are, so that plans can be compared; what really comes out is counted afterwards.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

_CORES_IF_UNKNOWN = 4
_MOST_BY_DEFAULT = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """AGILAB's two numbers, and the branch of the rule that gave them."""

    effective_workers: int
    planned_partitions: int
    rule: str


def available_cores() -> int:
    """Give the cores that this process may use; 4 where the platform does not tell."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or _CORES_IF_UNKNOWN


def requested_workers(asked: int | Literal["auto"], cores: int | None) -> int:
    """Give the number of workers that a contract asks for.

    ``auto`` means the cores that one plans for; where nobody named them, this machine's, at most 8. A number
    is taken as it is, also beyond the cores.
    """
    if asked != "auto":
        return asked
    return cores if cores is not None else min(available_cores(), _MOST_BY_DEFAULT)


def wish(
    *,
    items: int,
    described: str,
    requested: int,
    can_split: bool,
    over_partitions: bool,
    target: int,
    per_worker: int,
) -> Wish:
    """Give effective workers and planned partitions.

    Parameters
    ----------
    items, described
        How many files (or parameter sets) there are, and as a phrase.
    requested
        Workers asked for.
    can_split
        Whether an item can become several partitions.
    over_partitions
        Whether the strategy makes more partitions than items.
    target
        ``target_partitions``; 0 leaves it to us.
    per_worker
        ``min_partitions_per_worker``.
    """
    if not items:
        return Wish(1, 1, "There is no input.")
    effective = requested if items >= requested or can_split else items
    planned = max(items, target, requested * per_worker) if can_split and over_partitions else items
    return Wish(
        effective, planned, _rule(items, described, requested, planned, can_split, over_partitions, target)
    )


def _rule(
    items: int,
    described: str,
    requested: int,
    planned: int,
    can_split: bool,
    over_partitions: bool,
    target: int,
) -> str:
    for_workers = f"for {requested:,} {'worker' if requested == 1 else 'workers'}"
    if over_partitions and can_split:
        why = "the target" if planned == target else f"{planned / requested:g} per worker"
        if planned == items:
            return f"{described} {for_workers}: each can be one partition."
        return (
            f"{described} {for_workers}: large files are cut until there are {planned:,} partitions ({why})."
        )
    if items >= requested:
        return f"{described} {for_workers}: each is one partition."
    if over_partitions:
        return f"{described} that cannot be cut, {for_workers}: at most {items:,} can be busy at once."
    return f"{described} {for_workers}, one partition each: at most {items:,} can be busy at once."
