"""The run: its id and state, what failed and why, and at the end plan against actual, with advice."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_agilab.panel.failures_view import failures_html
from jupyter_agilab.panel.figures import duration, size
from jupyter_agilab.panel.markup import Markup, badge, code, details, element, joined, prose, table
from jupyter_agilab.panel.run_view import STATE_TONES
from jupyter_agilab.panel.text import STATES
from jupyter_agilab.panel.widgets.boxes import column, set_markup, text_box
from jupyter_agilab.planning.expected import Estimate
from jupyter_agilab.run.watch import RunStatus


class RunBox:
    """What the view does not say about a run; its progress and its buttons are the view's."""

    def __init__(self) -> None:
        self._told, self._failed, self._advice = text_box(), text_box(), text_box()
        self.widget = column(self._told, self._failed, self._advice)

    def show(self, status: RunStatus | None, *, stopping: bool) -> None:
        """Show a run as it is now; None: there was none yet."""
        set_markup(self._told, _told(status, stopping) if status is not None else None)
        set_markup(self._failed, failures_html(status) if status is not None else None)

    def show_advice(self, markup: Markup | None) -> None:
        """Show what there is to say at the end."""
        set_markup(self._advice, markup)


def _told(status: RunStatus, stopping: bool) -> Markup:
    tone = STATE_TONES.get(status.state, "info")
    head = element(
        "p",
        element("strong", f"Run of {status.stage} "),
        badge("stopping" if stopping and not status.ended else STATES[status.state], tone),
        " ",
        code(status.run_id),
    )
    hint: Markup | None = None
    if stopping and not status.ended:
        command = code(f"jupyter agilab stop {status.run_id}")
        hint = element(
            "p", "Stopping. Where this takes long, a terminal can do it: ", command, class_="ag-soft"
        )
    return joined(
        [
            head,
            element("p", status.message) if status.message else None,
            hint,
        ]
    )


def against_plan(
    status: RunStatus, estimate: Estimate | None, advice: Sequence[tuple[str, str]]
) -> Markup | None:
    """Give what was expected beside what came, and what to do differently; None where nothing can be said.

    Parameters
    ----------
    advice
        What to do and why, in words.
    """
    parts: list[Markup] = []
    if estimate is not None and estimate.is_known and status.state == "finished" and not status.reused:
        peak = max((each.peak_memory_bytes for each in status.workers.values()), default=0)
        rows = [
            ["Time", duration(estimate.seconds), duration(status.elapsed_s)],
            [
                "Memory of a worker",
                size(estimate.memory_per_worker_bytes) if estimate.memory_per_worker_bytes else "",
                size(peak) if peak else "",
            ],
            ["Results", size(estimate.result_bytes), size(status.size_bytes)],
        ]
        parts.append(
            table("Plan against actual", ["", "Expected", "Came"], rows, numbers=(1, 2), row_heads=True)
        )
    if advice:
        said = [
            element("li", element("strong", prose(title)), " ", prose(reason)) for title, reason in advice
        ]
        parts.append(details("Advice for the next run", element("ul", *said), is_open=True))
    return joined(parts) if parts else None
