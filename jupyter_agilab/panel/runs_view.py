"""The runs of a folder as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_agilab.panel.figures import counted, duration, size
from jupyter_agilab.panel.markup import Markup, Tone, badge, code, element, table
from jupyter_agilab.panel.runs_text import runs_text, runs_total, shown_artifact, shown_name
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import STATES
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.history import RunSummary

_TONES: dict[str, Tone] = {
    "finished": "good",
    "partial": "warn",
    "failed": "bad",
    "stopped": "warn",
    "interrupted": "warn",
}
_HEAD = (
    *("Stage", "Run", "State", "Age", "Took", "Partitions", "Reused", "Failed", "On disk"),
    *("Shared", "Artifact"),
)


@dataclass(frozen=True, slots=True, repr=False)
class RunsView(View):
    """Runs, newest first; ``more`` older ones are counted."""

    runs: tuple[RunSummary, ...]
    more: int = 0

    def text(self) -> str:
        """Give the runs as text."""
        told = runs_text(self.runs)
        return f"{told}\n... and {counted(self.more, 'older run')}" if self.more else told

    def html(self) -> Markup:
        """Give the runs as a card."""
        head = element("div", element("span", "Runs", class_="ag-title"), class_="ag-head")
        if not self.runs:
            nothing = element("p", "There are no runs yet. Start one with ", code("%parallel_run STAGE"), ".")
            return card("Runs", head, nothing)
        total = element("p", runs_total(self.runs), class_="ag-soft")
        more = (
            element("p", f"… and {counted(self.more, 'older run')}", class_="ag-soft") if self.more else None
        )
        return card("Runs", head, runs_markup(self.runs, "Newest first"), total, more)


def runs_markup(runs: Sequence[RunSummary], caption: str) -> Markup:
    """Make a table of runs, in the order they come."""
    rows = [
        [
            shown_name(run),
            code(run.run_id),
            badge(STATES.get(run.state, run.state), _TONES.get(run.state, "info")),
            duration(run.age_s) if run.submitted else "",
            duration(run.seconds) if run.seconds else "",
            *(_counts(run) if run.kind == "stage" else ("", "", "")),
            size(run.size_bytes),
            size(run.shared_bytes) if run.shared_bytes else "",
            shown_artifact(run),
        ]
        for run in runs
    ]
    return table(caption, _HEAD, rows, numbers=(3, 4, 5, 6, 7, 8, 9), row_heads=True)


def _counts(run: RunSummary) -> tuple[str, str, str]:
    return f"{run.finished + run.reused:,} of {run.partitions:,}", f"{run.reused:,}", f"{run.failed:,}"
