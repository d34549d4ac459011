"""A trial: what one partition did, and what the reducer makes of its result."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.panel.figures import counted, duration, size
from jupyter_agilab.panel.markup import Markup, badge, details, element, facts, joined, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import trial_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.reduce.trial import ReducerTrial
from jupyter_agilab.run.tried import TrialReport


@dataclass(frozen=True, slots=True, repr=False)
class TrialView(View):
    """The report of a trial."""

    report: TrialReport

    def text(self) -> str:
        """Give the report as text."""
        return trial_text(self.report)

    def html(self) -> Markup:
        """Give the report as a card."""
        report = self.report
        failure = report.failure
        state = badge("good", "good") if report.ok else badge("not good", "bad")
        head = element(
            "div", element("span", f"Trial of {report.stage}", class_="ag-title"), state, class_="ag-head"
        )
        numbers = facts(
            [
                ("partition", report.described),
                ("function", duration(report.seconds)),
                ("loading", duration(report.load_seconds)),
                ("peak memory", size(report.peak_memory_bytes)),
                (
                    "result",
                    None if failure else f"{counted(report.records, 'record')}, {size(report.size_bytes)}",
                ),
            ]
        )
        return card(
            f"Trial of stage {report.stage}",
            head,
            numbers,
            _failure(report),
            _sizes(report),
            details("Result", element("pre", report.preview, tabindex="0"), is_open=True)
            if report.preview
            else None,
            details("Printed", element("pre", report.output, tabindex="0")) if report.output else None,
            reducer_html(report),
        )


def _sizes(report: TrialReport) -> Markup | None:
    if not report.sizes:
        return None
    rows = [
        [
            each.described,
            duration(each.seconds),
            duration(each.cpu_s),
            size(each.memory_bytes) if each.memory_bytes else "",
            size(each.size_bytes),
        ]
        for each in report.sizes
    ]
    head = ["Partition", "Time", "CPU", "Peak memory", "Result"]
    return table("Small, median, large", head, rows, numbers=(1, 2, 3, 4), row_heads=True)


def _failure(report: TrialReport) -> Markup | None:
    failure = report.failure
    if failure is None:
        return None
    told = failure.traceback.rstrip() or f"{failure.error_type}: {failure.message}"
    return element(
        "ul",
        element(
            "li",
            element("strong", f"{failure.error_type}: "),
            failure.message,
            element("div", f"line {failure.cell_line} of the cell", class_="ag-soft")
            if failure.cell_line
            else None,
            element("pre", told, tabindex="0"),
            class_="ag-bad",
        ),
    )


def reducer_html(report: TrialReport) -> Markup | None:
    """Give what the reducer made of no, one and two results; None where it was not tried."""
    if not report.reducer:
        return None
    rows = [
        [
            counted(case.count, "result") if case.count else "no results",
            badge("good", "good") if case.ok else badge("refused", "bad" if case.count else "warn"),
            f"{counted(case.records, 'record')}, {size(case.artifact_bytes)}" if case.ok else _reason(case),
        ]
        for case in report.reducer
    ]
    return table("The reducer on", ["Results", "State", "What it gave"], rows, row_heads=True)


def _reason(case: ReducerTrial) -> Markup:
    traceback = element("pre", case.traceback.rstrip(), tabindex="0") if case.traceback else None
    return joined([case.error, traceback])
