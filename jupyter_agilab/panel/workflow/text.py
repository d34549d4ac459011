"""A workflow as plain text: on one line while it goes on, in full when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.panel.columns import WIDTH, clip, named_values, printable, table
from jupyter_agilab.panel.workflow.words import (
    counts_words,
    done_of,
    needs_words,
    partitions_of,
    place_words,
    run_seconds_words,
    run_state_of,
    seconds_words,
    state_of,
    total_words,
)


def workflow_line(told: Mapping[str, Any], width: int | None = None) -> str:
    """Give a workflow on one line: its state, and each stage with how far it is."""
    stages = [stage for stage in told.get("stages") or () if stage.get("state") != "off"]
    parts = []
    for stage in stages:
        count = partitions_of(stage)
        told_count = f" {done_of(stage):,}/{count:,}" if count is not None else ""
        parts.append(f"{state_of(stage)[1]} {printable(stage['name'])}{told_count}")
    return clip(f"{printable(told['name'])} {run_state_of(told)[0]}:  {'  '.join(parts)}", width or WIDTH)


def workflow_text(told: Mapping[str, Any], width: int | None = None) -> str:
    """Give a workflow in full: one line for each stage, with its state, its counts and what it needs."""
    width = width or WIDTH
    run = f", run {printable(str(told['run_id']))}" if told.get("run_id") else ""
    lines = [clip(f"workflow {printable(str(told['name']))}: {run_state_of(told)[0]}{run}", width)]
    pairs = [
        ("in all", total_words(told)),
        ("time", run_seconds_words(told)),
        ("message", str(told.get("message") or "")),
    ]
    lines += named_values([pair for pair in pairs if pair[1]], width)
    rows = []
    for stage in told.get("stages") or ():
        word, sign, _ = state_of(stage)
        needs = ", ".join(filter(None, [needs_words(told, stage["name"]), place_words(stage)]))
        rows.append(
            (
                f"{sign} {printable(str(stage['name']))}",
                word,
                counts_words(stage),
                seconds_words(stage),
                printable(needs),
            )
        )
    if rows:
        lines += ["", *table(rows, sides="lllrl", width=width, flexible={0: "left", 4: "left"})]
    return "\n".join(lines)
