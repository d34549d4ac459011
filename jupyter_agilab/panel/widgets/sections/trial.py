"""Trial: one partition in a process of its own, before anything is run at full size."""

from __future__ import annotations

import ipywidgets

from jupyter_agilab.panel.markup import Markup, element
from jupyter_agilab.panel.trial_view import TrialView
from jupyter_agilab.panel.widgets.boxes import button, column, row, set_markup, text_box
from jupyter_agilab.panel.widgets.section import Panel


class TrialSection:
    """One partition: what it receives, what it returned, time, memory, output."""

    title = "Trial"
    about = "Run one partition"

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._number = ipywidgets.BoundedIntText(
            value=0,
            min=0,
            max=0,
            description="Partition",
            tooltip="The number of the partition that is run, as in the table below",
            layout={"width": "14em"},
        )
        self._one = button(
            "Try this partition",
            "Runs one partition in a process of its own, and the reducer on its result",
            lambda: panel.try_one(int(self._number.value)),
            style="primary",
        )
        self._sizes = button(
            "Try small, median and large",
            "Runs three partitions, so that the time of a whole run can be told",
            lambda: panel.try_one(0, sizes=True),
        )
        self._report = text_box()
        self.widget = column(row(self._number, self._one, self._sizes), self._report)

    def show(self) -> None:
        """Show the last trial, or that one is under way."""
        state = self._panel.state
        cannot = state.is_trying or state.is_running or state.contract is None
        self._one.disabled = self._sizes.disabled = cannot
        if state.plan is not None:
            most = max(0, state.plan.partition_count - 1)
            if self._number.max != most:
                self._number.max = most
        set_markup(self._report, self._told())

    def _told(self) -> Markup:
        state = self._panel.state
        if state.is_trying:
            return element("p", "Trying… other cells can run meanwhile.", role="status")
        if state.report is not None:
            return TrialView(state.report).html()
        if state.is_tried:
            return element("p", "This code had a good trial, or a finished run.")
        return element(
            "p", "Not tried yet. One partition shows most mistakes, and how long all of them take."
        )
