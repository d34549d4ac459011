"""Clusters in the notebook: a check, and what is started, as cards with their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_agilab.panel.cluster_text import cluster_text
from jupyter_agilab.panel.columns import WIDTH
from jupyter_agilab.panel.markup import Markup, Tone, badge, element, prose, table
from jupyter_agilab.panel.service_text import services_text
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.clusters.check.report import ASPECTS, ClusterReport
from jupyter_agilab.run.clusters.service.status import ClusterStatus

_TONES: dict[str, Tone] = {"ok": "good", "warning": "warn", "failed": "bad"}


@dataclass(frozen=True, slots=True, repr=False)
class ClusterView(View):
    """What a check found."""

    report: ClusterReport

    def text(self) -> str:
        """Give the table as text."""
        return cluster_text(self.report, WIDTH)

    def html(self) -> Markup:
        """Give it as a card: each host's badges, then causes with remedies."""
        report = self.report
        title = f"Cluster {report.cluster}" + (f" for {report.stage}" if report.stage else "")
        state = badge("fit", "good") if report.ok else badge("not fit", "bad")
        head = element("div", element("span", title, class_="ag-title"), state, class_="ag-head")
        used = [aspect for aspect in ASPECTS if any(aspect in row.cells for row in report.rows)]
        rows = [
            [
                row.host,
                *(
                    badge(cell.state, _TONES[cell.state]) if (cell := row.cells.get(aspect)) else ""
                    for aspect in used
                ),
            ]
            for row in report.rows
        ]
        wrong = [
            [row.host, prose(cell.told), prose(cell.remedy)]
            for row in report.rows
            for cell in row.cells.values()
            if cell.state != "ok"
        ]
        return card(
            title,
            head,
            table("Hosts", ("Host", *used), rows, caption_shown=False) if rows else None,
            table("What is wrong", ("Host", "Why", "What to do"), wrong) if wrong else None,
        )


@dataclass(frozen=True, slots=True, repr=False)
class ServicesView(View):
    """Started clusters."""

    found: Sequence[ClusterStatus]

    def text(self) -> str:
        """Give them as text."""
        return services_text(self.found, WIDTH)

    def html(self) -> Markup:
        """Give them as a card."""
        head = element("div", element("span", "Started clusters", class_="ag-title"), class_="ag-head")
        rows = [
            [
                each.name,
                each.kind,
                badge(each.state, "good" if each.state == "running" else "plain"),
                f"{each.health['workers_running_count']:,}",
                f"{each.lease_left_s / 60:,.0f} min",
                prose(each.cause),
            ]
            for each in self.found
        ]
        names = ("Cluster", "Kind", "State", "Workers", "Lease left", "Why")
        return card(
            "Started clusters",
            head,
            table("Clusters", names, rows, numbers=(3, 4), caption_shown=False) if rows else None,
            None if rows else element("p", "No cluster is started."),
        )
