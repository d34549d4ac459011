"""The runs of a folder as a table."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.panel.figures import counted, duration, moment, size
from jupyter_agilab.panel.markup import Markup, Tone, badge, code, element, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import STATES, runs_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.history import RunSummary

_TONES: dict[str, Tone] = {"finished": "good", "failed": "bad", "stopped": "warn", "interrupted": "warn"}
_HEAD = ("Stage", "Run", "State", "Started", "Took", "Partitions", "Reused", "Failed", "On disk")


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
        rows = [
            [
                run.stage,
                code(run.run_id),
                badge(STATES[run.state], _TONES.get(run.state, "info")),
                moment(run.submitted),
                duration(run.seconds) if run.seconds else "",
                f"{run.finished + run.reused:,} of {run.partitions:,}",
                f"{run.reused:,}",
                f"{run.failed:,}",
                size(run.size_bytes),
            ]
            for run in self.runs
        ]
        made = table("Newest first", _HEAD, rows, numbers=(4, 5, 6, 7, 8), row_heads=True)
        more = (
            element("p", f"… and {counted(self.more, 'older run')}", class_="ag-soft") if self.more else None
        )
        return card("Runs", head, made, more)
