"""A run: how far it is, how fast, who works, what failed, where its log is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.figures import counted, duration, percent, rate, size
from jupyter_agilab.panel.markup import Markup, Tone, badge, bar, code, details, element, facts, joined, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import STATES, status_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.watch import RunStatus

_TONES: dict[str, Tone] = {"finished": "good", "failed": "bad", "stopped": "warn", "interrupted": "warn"}
_SHOWN_WORKERS = 16


@dataclass(frozen=True, slots=True, repr=False)
class RunView(View):
    """A run as it stands; ``place`` is its directory as the reader would name it, ``after`` what to do."""

    status: RunStatus
    place: str = ""
    after: str = ""

    def text(self) -> str:
        """Give the status as text."""
        return "\n".join(filter(None, [status_text(self.status), printable(self.after)]))

    def html(self) -> Markup:
        """Give the status as a card."""
        status = self.status
        tone = _TONES.get(status.state, "info")
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
    alive = sum(1 for worker in status.workers.values() if not worker.lost)
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
            ("workers", f"{alive:,} of {status.slots:,}" if status.slots and not status.ended else None),
            (
                "results",
                f"{counted(status.records, 'record')}, {size(status.size_bytes)}" if status.records else None,
            ),
        ]
    )


def failures_html(status: RunStatus) -> Markup | None:
    """Give the first failures by cause, each with the user's own traceback, and count the rest."""
    if not status.failed and not status.failures:
        return None
    causes: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for failure in status.failures:
        causes.setdefault((failure["error_type"], failure["message"]), []).append(failure)
    items = []
    for (error_type, message), failures in causes.items():
        where = ", ".join(f"partition {each['index']:,} ({each['described']})" for each in failures)
        lines = sorted({each["cell_line"] for each in failures if each.get("cell_line")})
        if lines:
            where = f"line {' and '.join(map(str, lines))} of the cell: {where}"
        told = [
            details(
                f"Traceback of partition {failure['index']:,}",
                element("pre", failure["traceback"].rstrip() or f"{error_type}: {message}", tabindex="0"),
                is_open=at == 0,
            )
            for at, failure in enumerate(failures)
        ]
        items.append(
            element(
                "li",
                element("strong", f"{error_type}: "),
                message,
                element("div", where, class_="ag-soft"),
                *told,
                class_="ag-bad",
            )
        )
    more = status.failed - len(status.failures)
    if more > 0:
        items.append(element("li", f"… and {counted(more, 'more failed partition')}", class_="ag-bad"))
    title = element("strong", f"{counted(status.failed, 'partition')} failed")
    return element("div", title, element("ul", *items))


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
            f"lost: {worker.lost}" if worker.lost else "",
        ]
        for name, worker in list(status.workers.items())[:_SHOWN_WORKERS]
    ]
    head = ["Worker", "Partitions", "Busy", "Peak memory", "Done", "Lost"]
    if not any(worker.lost for worker in status.workers.values()):
        head, rows = head[:-1], [row[:-1] for row in rows]
    more = len(status.workers) - _SHOWN_WORKERS
    return details(
        f"Workers ({len(status.workers):,})",
        table("Work by worker", head, rows, numbers=(1, 2, 3), row_heads=True, caption_shown=False),
        element("p", f"… and {counted(more, 'more worker')}", class_="ag-soft") if more > 0 else None,
    )
