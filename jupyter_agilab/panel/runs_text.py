"""The runs of a folder as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from jupyter_agilab.panel.columns import WIDTH, table, wrapped
from jupyter_agilab.panel.figures import counted, duration, size
from jupyter_agilab.panel.text import STATES

if TYPE_CHECKING:
    from jupyter_agilab.run.history import RunSummary


def runs_text(summaries: Sequence[RunSummary], width: int | None = None) -> str:
    """Give runs as a table, in the order they come, and what they take together."""
    if not summaries:
        return "there are no runs yet"
    width = width or WIDTH
    return "\n".join([*runs_table(summaries, width), *wrapped(runs_total(summaries), width)])


def runs_table(summaries: Sequence[RunSummary], width: int) -> list[str]:
    """Give runs as the lines of a table, the heading first."""
    rows = [
        (
            shown_name(run),
            run.run_id,
            STATES.get(run.state, run.state),
            duration(run.age_s) if run.submitted else "",
            duration(run.seconds) if run.seconds else "",
            f"{run.finished + run.reused:,} of {run.partitions:,}" if run.kind == "stage" else "",
            f"{run.failed:,}" if run.failed else "",
            size(run.size_bytes),
            shown_artifact(run),
        )
        for run in summaries
    ]
    head = ("stage", "run", "state", "age", "took", "partitions", "failed", "on disk", "artifact")
    return table(rows, head=head, sides="lllrrrrrl", width=width, indent=0, flexible={0: "left", 8: "right"})


def runs_total(summaries: Sequence[RunSummary]) -> str:
    """Say what runs take together; results that several of them link count once."""
    total = f"{counted(len(summaries), 'run')}, {size(sum(run.size_bytes for run in summaries))} on disk"
    shared = sum(run.shared_bytes > 0 for run in summaries)
    if not shared:
        return total
    return (
        f"{total}; {shared:,} of them {'shares' if shared == 1 else 'share'} results, which are counted once"
    )


def shown_name(run: RunSummary) -> str:
    """Give the name of a run's stage, or say that it is a workflow's."""
    return run.stage if run.kind == "stage" else f"{run.stage} (workflow)"


def shown_artifact(run: RunSummary) -> str:
    """Give a run's artifact as its contract names it: relative to the contract's folder."""
    if run.artifact is None:
        return ""
    path, folder = PurePath(run.artifact), PurePath(run.run_dir).parent.parent.parent.parent
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else run.artifact
