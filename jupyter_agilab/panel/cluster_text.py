"""A check of a cluster as text: a row for each host, then what is wrong, with what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_agilab.panel.columns import printable, table, wrapped

if TYPE_CHECKING:
    from jupyter_agilab.run.clusters.check.report import ClusterReport
    from jupyter_agilab.run.clusters.install.install import HostInstall

_MARKS = {"ok": "ok", "warning": "warning", "failed": "FAILED"}


def cluster_text(report: ClusterReport, width: int) -> str:
    """Give the table, and below it each cause with its remedy."""
    from jupyter_agilab.run.clusters.check.report import ASPECTS

    used = [aspect for aspect in ASPECTS if any(aspect in row.cells for row in report.rows)]
    rows = [
        [row.host, *(_shown(row.cells[aspect]) if aspect in row.cells else "-" for aspect in used)]
        for row in report.rows
    ]
    what = f"for {report.stage}" if report.stage else "without a stage"
    lines = [f"cluster {printable(report.cluster)} ({report.kind}), {what}"]
    lines += table(rows, head=["host", *used], width=width, flexible={0: "right"})
    for state, word in (("failed", "error"), ("warning", "warning")):
        for row in report.rows:
            for cell in row.cells.values():
                if cell.state == state:
                    lines += wrapped(f"{word}: {row.host}: {cell.told}", width, hanging="    ")
                    lines += wrapped(cell.remedy, width, indent="    ")
    if report.ok:
        lines.append("a run can work here")
    return "\n".join(lines)


def install_text(done: Sequence[HostInstall], width: int) -> str:
    """Say of each host what was put there, or why it is not fit."""
    lines: list[str] = []
    for each in done:
        what = f"put there: {', '.join(each.changed)}" if each.changed else "nothing was missing"
        if each.failed:
            what = f"error: {each.failed}" + (f" ({what})" if each.changed else "")
        lines += wrapped(f"{each.host}: {what}", width, hanging="    ")
    return "\n".join(lines)


def _shown(cell: object) -> str:
    state = getattr(cell, "state", "")
    told = str(getattr(cell, "told", ""))
    return (told or "ok") if state == "ok" and len(told) < 12 else _MARKS.get(state, state)
