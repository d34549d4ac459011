"""What a run will take, as HTML."""

from __future__ import annotations

from jupyter_agilab.panel.estimate_text import estimate_facts, shown_points
from jupyter_agilab.panel.figures import duration, size
from jupyter_agilab.panel.markup import Markup, element, facts, joined, prose, table
from jupyter_agilab.planning.expected import Estimate


def estimate_html(estimate: Estimate) -> Markup:
    """Give the verdict, what it follows from, and times for other numbers of workers."""
    told = facts(estimate_facts(estimate))
    rows = [
        [
            f"{point.workers:,}",
            duration(point.seconds),
            f"{point.speed_up:.1f} x",
            size(point.memory_bytes) if point.memory_bytes else "",
            "here" if point.is_here else "on a cluster",
        ]
        for point in shown_points(estimate)
    ]
    head = ["Workers", "Time", "Speed-up", "Memory", "Where"]
    return joined(
        [
            element("p", element("strong", prose(estimate.verdict.text))),
            told,
            table("Other numbers of workers", head, rows, numbers=(1, 2, 3), row_heads=True)
            if rows
            else None,
        ]
    )
