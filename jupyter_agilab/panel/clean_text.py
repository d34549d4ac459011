"""What a clean-up removes, or would remove, as plain text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jupyter_agilab.panel.columns import WIDTH, printable, wrapped
from jupyter_agilab.panel.figures import counted, size
from jupyter_agilab.panel.runs_text import runs_table, shown_name
from jupyter_agilab.panel.text import hint_lines

if TYPE_CHECKING:
    from jupyter_agilab.run.clean import Cleaning

SHOWN_RUNS = 20

_PLURALS = {
    "removed run": "half-removed runs",
    "half-made run": "half-made runs",
    "half-written file": "half-written files",
    "temporary folder": "temporary folders",
    "trial": "last trials",
    "staged table": "staged tables",
}


def clean_text(cleaning: Cleaning, width: int | None = None) -> str:
    """Give a clean-up: the runs that go, what else goes, the runs that stay and why, the space."""
    width = width or WIDTH
    blocks: list[list[str]] = []
    if cleaning.runs:
        shown = runs_table(cleaning.runs[:SHOWN_RUNS], width)
        if len(cleaning.runs) > SHOWN_RUNS:
            shown.append(f"... and {counted(len(cleaning.runs) - SHOWN_RUNS, 'older run')}")
        blocks.append(shown)
    if others := leftovers_words(cleaning):
        blocks.append(wrapped(f"left behind: {others}", width, hanging="    "))
    if cleaning.kept:
        blocks.append(_kept_lines(cleaning, width))
    for problem in cleaning.problems:
        blocks.append(wrapped(f"problem: {problem}", width, hanging="    "))
    blocks.append(wrapped(verdict(cleaning), width, hanging="    "))
    return "\n\n".join("\n".join(block) for block in blocks)


def verdict(cleaning: Cleaning) -> str:
    """Say in a sentence how much goes, or went."""
    if not cleaning.runs and not cleaning.leftovers:
        return "nothing was removed" if cleaning.done else "there is nothing to remove"
    parts = [counted(len(cleaning.runs), "run")] if cleaning.runs else []
    if cleaning.leftovers:
        parts.append(counted(len(cleaning.leftovers), "thing") + " left behind")
    freed = size(cleaning.freed_bytes)
    if cleaning.done:
        return f"removed {' and '.join(parts)}: {freed} freed"
    return f"{' and '.join(parts)} would go: {freed} to free"


def leftovers_words(cleaning: Cleaning) -> str:
    """Count what killed processes left behind, by kind."""
    numbers = Counter(each.kind for each in cleaning.leftovers)
    return ", ".join(counted(number, kind, _PLURALS[kind]) for kind, number in numbers.items())


def _kept_lines(cleaning: Cleaning, width: int) -> list[str]:
    lines: list[str] = []
    for each in cleaning.kept:
        name = f"{printable(shown_name(each.run))} {each.run.run_id}"
        lines += wrapped(f"stays: {name}: {each.told}", width, hanging="    ")
        lines += hint_lines(each.hint, width)
    return lines
