"""What the displays of a workflow say: states as words, signs and tones, counts, what a stage waits for.

All of them read the plain form of a workflow, which is that of ``WorkflowStatus.to_json`` and of a graph
without a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.panel.figures import counted, duration
from jupyter_agilab.panel.markup import Tone

STAGE_STATES: Mapping[str, tuple[str, str, Tone]] = {
    "planned": ("not run yet", "○", "plain"),
    "off": ("switched off", "-", "plain"),
    "waiting": ("waiting", "○", "plain"),
    "running": ("running", "▶", "info"),
    "finished": ("finished", "✓", "good"),
    "partial": ("finished in part", "◐", "warn"),
    "failed": ("failed", "✕", "bad"),
    "skipped": ("skipped", "»", "warn"),
    "stopped": ("stopped", "■", "warn"),
}
"""A stage's state: its word, a sign that says the same, its tone."""

RUN_STATES: Mapping[str, tuple[str, Tone]] = {
    "planned": ("not run yet", "plain"),
    "submitted": ("starting", "info"),
    "running": ("running", "info"),
    "finished": ("finished", "good"),
    "partial": ("finished in part", "warn"),
    "failed": ("failed", "bad"),
    "stopped": ("stopped", "warn"),
    "interrupted": ("interrupted", "warn"),
}
"""A run's state, or that of a workflow without one."""

ENDED = frozenset({"finished", "partial", "failed", "stopped", "interrupted"})
"""The states in which nothing more happens."""

EDGES: Mapping[str, str] = {
    "elements": "each element as soon as it is there",
    "artifact": "the whole result",
    "after": "only waits for it",
}
"""What a line between two stages means."""


def state_of(stage: Mapping[str, Any]) -> tuple[str, str, Tone]:
    """Give the word, the sign and the tone of a stage's state."""
    return STAGE_STATES.get(str(stage.get("state") or "planned"), (str(stage.get("state")), "?", "plain"))


def run_state_of(told: Mapping[str, Any]) -> tuple[str, Tone]:
    """Give the word and the tone of a workflow's state."""
    return RUN_STATES.get(str(told.get("state") or "planned"), (str(told.get("state")), "plain"))


def has_ended(told: Mapping[str, Any]) -> bool:
    """Say whether the run has ended; also where there is none."""
    return str(told.get("state") or "planned") in ENDED | {"planned"}


def done_of(stage: Mapping[str, Any]) -> int:
    """Give how many partitions of a stage are through, well or not."""
    return results_of(stage) + sum(int(stage.get(name) or 0) for name in ("failed", "skipped"))


def results_of(stage: Mapping[str, Any]) -> int:
    """Give how many partitions of a stage have a result, of this run or of earlier ones."""
    return sum(int(stage.get(name) or 0) for name in ("finished", "reused"))


def partitions_of(stage: Mapping[str, Any]) -> int | None:
    """Give a stage's partitions; None where they are known only later."""
    count = stage.get("partitions")
    return int(count) if isinstance(count, int) else None


def short_count(stage: Mapping[str, Any]) -> str:
    """Give the counts of a stage in a few characters: ``3 of 4``, ``4``; empty where nothing is known."""
    count = partitions_of(stage)
    if stage.get("state") == "off" or count is None:
        return ""
    if stage.get("state") in {"planned", "waiting", None}:
        return counted(count, "partition")
    return f"{results_of(stage):,} of {count:,}"


def counts_words(stage: Mapping[str, Any]) -> str:
    """Give the counts of a stage in full; empty where there is nothing to say."""
    parts = [short_count(stage)]
    for name, word in (("failed", "failed"), ("skipped", "skipped"), ("running", "under way")):
        if stage.get(name):
            parts.append(f"{stage[name]:,} {word}")
    if stage.get("reused"):
        parts.append(f"{stage['reused']:,} from earlier runs")
    return ", ".join(filter(None, parts))


def box_counts(stage: Mapping[str, Any]) -> str:
    """Give the counts that fit below a stage's name: ``3 of 4, 1 failed``."""
    parts = [short_count(stage)]
    parts += [f"{stage[name]:,} {name}" for name in ("failed", "skipped") if stage.get(name)]
    return ", ".join(filter(None, parts))


def needs_words(told: Mapping[str, Any], name: str) -> str:
    """Say what a stage needs of others: ``elements of build, artifact of clean, after check``."""
    words = {"elements": "elements of", "artifact": "artifact of", "after": "after"}
    found: dict[str, list[str]] = {}
    for edge in told.get("edges") or ():
        if edge["to"] == name:
            found.setdefault(str(edge["kind"]), []).append(str(edge["from"]))
    return ", ".join(f"{words.get(kind, kind)} {' and '.join(names)}" for kind, names in found.items())


def place_words(stage: Mapping[str, Any]) -> str:
    """Say with which flag a stage runs, and in which group."""
    parts = []
    if stage.get("when"):
        parts.append(f"only with --flag {stage['when']}")
    if stage.get("group"):
        parts.append(f"group {stage['group']}")
    return ", ".join(parts)


def seconds_words(stage: Mapping[str, Any]) -> str:
    """Give what a stage has taken so far; empty where it has not begun."""
    return duration(float(stage["seconds"])) if stage.get("seconds") else ""


def run_seconds_words(told: Mapping[str, Any]) -> str:
    """Give how long a run took; empty before it has ended."""
    started, ended = told.get("started"), told.get("ended")
    return duration(float(ended) - float(started)) if started and ended else ""


def total_words(told: Mapping[str, Any]) -> str:
    """Give the counts of the whole workflow: stages, partitions that are through, failures."""
    stages = [stage for stage in told.get("stages") or () if stage.get("state") != "off"]
    counts = [partitions_of(stage) for stage in stages]
    known = sum(count for count in counts if count is not None)
    more = " or more" if None in counts else ""
    parts = [counted(len(stages), "stage")]
    if str(told.get("state") or "planned") == "planned":
        parts.append(f"{counted(known, 'partition')}{more}")
    else:
        done = sum(map(results_of, stages))
        parts.append(f"{done:,} of {counted(known, 'partition')}{more} done")
    for name in ("failed", "skipped"):
        number = sum(int(stage.get(name) or 0) for stage in stages)
        if number:
            parts.append(f"{number:,} {name}")
    return ", ".join(parts)
