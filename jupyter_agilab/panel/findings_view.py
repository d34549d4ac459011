"""Findings: what is wrong or worth knowing, each with its place and its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.markup import Markup, Tone, badge, element, prose
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import findings_count, findings_text
from jupyter_agilab.panel.view import View

_TONES: dict[str, Tone] = {"error": "bad", "warning": "warn", "info": "info"}
_WORDS = {"error": "error", "warning": "warning", "info": "note"}


@dataclass(frozen=True, slots=True, repr=False)
class FindingsView(View):
    """Findings about one thing, which `title` names."""

    title: str
    findings: tuple[Finding, ...]

    def text(self) -> str:
        """Give the title with a count, then the findings."""
        told = findings_text(self.findings)
        head = f"{printable(self.title)}: {findings_count(self.findings)}"
        return f"{head}\n{told}" if told else head

    def html(self) -> Markup:
        """Give the findings as a list."""
        head = element(
            "div",
            element("span", self.title, class_="ag-title"),
            findings_badge(self.findings),
            class_="ag-head",
        )
        return card(self.title, head, findings_html(self.findings))


def findings_html(findings: Iterable[Finding]) -> Markup | None:
    """Give findings as a list in the order they come; None where there are none."""
    items = [
        element(
            "li",
            badge(_WORDS[finding.severity], _TONES[finding.severity]),
            " ",
            element("strong", f"{finding.where()}: ") if finding.where() else None,
            prose(finding.message),
            element("div", prose(finding.hint), class_="ag-soft") if finding.hint else None,
            class_=f"ag-{_TONES[finding.severity]}",
        )
        for finding in findings
    ]
    return element("ul", *items) if items else None


def findings_badge(findings: Iterable[Finding]) -> Markup:
    """Give the worst severity as a badge with the counts."""
    found = tuple(findings)
    severities = {finding.severity for finding in found}
    tone: Tone = "bad" if "error" in severities else "warn" if "warning" in severities else "good"
    return badge(findings_count(found), tone)
