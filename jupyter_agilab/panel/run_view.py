"""A run: how far it is, how fast, who works, what failed, where its log is."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.failures_view import failures_html
from jupyter_agilab.panel.figures import counted, duration, percent, rate, size
from jupyter_agilab.panel.logs_view import printed_html
from jupyter_agilab.panel.markup import Markup, Tone, badge, bar, code, details, element, facts, joined, table
from jupyter_agilab.panel.run_text import (
    longest_words,
    retries_words,
    status_text,
    worker_words,
    workers_alive,
)
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import STATES
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.logs import LogLine
from jupyter_agilab.run.watch import RunStatus

STATE_TONES: dict[str, Tone] = {
    "finished": "good",
    "partial": "warn",
    "failed": "bad",
    "stopped": "warn",
    "interrupted": "warn",
}
_SHOWN_WORKERS = 16


@dataclass(frozen=True, slots=True, repr=False)
class RunView(View):
    """A run as it stands.

    Attributes
    ----------
    place
        Its directory as the reader would name it.
    after
        What to do.
    printed
        The last lines that its partitions printed.
    """

    status: RunStatus
    place: str = ""
    after: str = ""
    printed: tuple[LogLine, ...] = ()

    def text(self) -> str:
        """Give the status as text."""
        return "\n".join(filter(None, [status_text(self.status), printable(self.after)]))

    def html(self) -> Markup:
        """Give the status as a card."""
        status = self.status
        tone = STATE_TONES.get(status.state, "info")
        head = element(
            "div",
            element("span", f"Run of {status.stage}", class_="ag-title"),
            badge(STATES[status.state], tone),
            code(status.run_id),
            class_="ag-head",
        )
        return card(
            f"Run of stage {status.stage}",
            head,
            _progress(status, tone),
            _figures(status),
            element("p", status.message) if status.message else None,
            failures_html(status),
            _workers(status),
            printed_html(self.printed, status.run_id),
            element("p", self.after) if self.after else None,
            element("p", "Files and logs of the run: ", code(self.place or status.run_dir), class_="ag-soft"),
        )


def _progress(status: RunStatus, tone: Tone) -> Markup:
    if status.state == "reducing":
        label = f"merging: {status.merged:,} of {counted(status.partitions, 'partition')}"
        return joined([element("div", label), bar(status.merged, status.partitions, label)])
    label = f"{status.done:,} of {counted(status.partitions, 'partition')} done"
    share = percent(status.done, status.partitions)
    return joined([element("div", f"{label} ({share})"), bar(status.done, status.partitions, label, tone)])


def _figures(status: RunStatus) -> Markup:
    return facts(
        [
            ("from earlier runs", f"{status.reused:,}" if status.reused else None),
            ("failed", f"{status.failed:,}" if status.failed else None),
            ("time", duration(status.elapsed_s) if status.elapsed_s else None),
            (
                "time left",
                duration(status.remaining_s) if status.remaining_s is not None and not status.ended else None,
            ),
            ("speed", rate(status.rate) if status.rate else None),
            ("workers", workers_alive(status)),
            ("longest under way", longest_words(status)),
            ("waiting", retries_words(status)),
            ("missing in the artifact", f"{status.missing:,}" if status.missing else None),
            (
                "results",
                f"{counted(status.records, 'record')}, {size(status.size_bytes)}" if status.records else None,
            ),
        ]
    )


def _workers(status: RunStatus) -> Markup | None:
    if not status.workers:
        return None
    most = max(worker.finished for worker in status.workers.values())
    rows = [
        [
            name,
            f"{worker.finished:,}",
            duration(worker.busy_s),
            size(worker.peak_memory_bytes) if worker.peak_memory_bytes else "",
            bar(worker.finished, most, f"{name}: {counted(worker.finished, 'partition')}"),
            worker_words(worker, status),
        ]
        for name, worker in list(status.workers.items())[:_SHOWN_WORKERS]
    ]
    head = ["Worker", "Partitions", "Busy", "Peak memory", "Done", "Now"]
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    more = len(status.workers) - _SHOWN_WORKERS
    return details(
        f"Workers ({len(status.workers):,})",
        table("Work by worker", head, rows, numbers=(1, 2, 3), row_heads=True, caption_shown=False),
        element("p", f"… and {counted(more, 'more worker')}", class_="ag-soft") if more > 0 else None,
    )
