"""Why SLURM refuses a job, in words with what to do; and its times."""

from __future__ import annotations

import re

_REFUSALS: tuple[tuple[str, str, str], ...] = (
    (r"invalid partition", "SLURM has no partition {queue!r}", "name one of: {queues}"),
    (r"invalid account", "the account {account!r} may not use this partition", "name another in `account`"),
    (r"time limit", "the walltime {walltime} is over the limit of {limit}", "ask for {limit} at most"),
    (
        r"node configuration|cpu count|more processors|nodes? required",
        "no node of {queue} has {cores} cores and {memory}",
        "ask for less, or for another partition",
    ),
    (r"memory", "no node of {queue} has {memory}", "ask for less memory, or for another partition"),
    (r"qos", "this quality of service is not allowed here", "correct it in `directives`"),
    (r"gres|generic resource", "no node of {queue} has such GPUs", "ask for another partition, or fewer"),
    (
        r"unable to contact|connection refused|slurm_load|socket",
        "the SLURM controller does not answer",
        "ask its administrator; `sinfo` must work here",
    ),
    (
        r"user.*permission|access.*denied|not permitted",
        "this user may not submit there",
        "ask its administrator",
    ),
)


def refusal(told: str, facts: dict[str, str]) -> tuple[str, str]:
    """Give cause and remedy for what ``sbatch`` printed when it refused a job.

    Parameters
    ----------
    facts
        ``queue``, ``queues``, ``account``, ``walltime``, ``limit``, ``cores``, ``memory``.
    """
    for pattern, cause, remedy in _REFUSALS:
        if re.search(pattern, told, re.IGNORECASE):
            return cause.format_map(facts), remedy.format_map(facts)
    last = (told.strip().splitlines() or ["no word of why"])[-1]
    return f"SLURM refuses the job: {last.removeprefix('sbatch: error: ')}", "correct the cluster's table"


def seconds_of(text: str) -> float | None:
    """Read SLURM's times: ``MM``, ``MM:SS``, ``HH:MM:SS``, ``D-HH``, ``D-HH:MM:SS``; None for none."""
    if text.lower() in {"infinite", "unlimited", "n/a", ""}:
        return None
    days, dash, rest = text.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    if dash:
        parts += [0] * (3 - len(parts))
    elif len(parts) == 1:
        parts = [0, parts[0], 0]
    elif len(parts) == 2:
        parts = [0, *parts]
    hours, minutes, seconds = parts
    return int(days or 0) * 86400 + hours * 3600 + minutes * 60 + seconds
