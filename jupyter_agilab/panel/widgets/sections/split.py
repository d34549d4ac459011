"""2 Split: the rule, and how many partitions and workers it makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets

from jupyter_agilab.contract.model import SPLITS, STRATEGIES_OF_SPLIT, fitting_strategy
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import Markup, element, joined
from jupyter_agilab.panel.plan_view import plan_html
from jupyter_agilab.panel.widgets.boxes import (
    choice,
    column,
    line,
    row,
    set_markup,
    set_value,
    slider,
    text_box,
)
from jupyter_agilab.panel.widgets.section import Panel, Quiet

_MOST_TARGET = 256
_MOST_WORKERS = 32


class SplitSection:
    """How the input is cut, planned anew while the controls move."""

    title = "2 Split"
    about = "How the input is cut, and into how much"

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._quiet = Quiet()
        self._rule = choice("Rule", "What a partition is", SPLITS, SPLITS[0], self._put_rule)
        strategies = STRATEGIES_OF_SPLIT[SPLITS[0]]
        self._strategy = choice(
            "Strategy", "How the input is cut into partitions", strategies, strategies[0], self._put_strategy
        )
        self._input = line(
            "Input",
            "A pattern, a file, a list of files or a parameter grid",
            "",
            lambda value: self._put(input=value),
        )
        self._target = slider(
            "Partitions",
            "How many partitions to aim at; 0 leaves it to the plan",
            0,
            0,
            _MOST_TARGET,
            lambda value: self._put(target_partitions=value),
        )
        self._auto = ipywidgets.Checkbox(
            value=True,
            description="as many workers as there are cores",
            tooltip="The contract says workers = auto",
            indent=False,
            layout={"width": "auto"},
        )
        self._auto.observe(lambda _: self._put_workers(), "value")
        self._workers = slider(
            "Workers", "How many workers to ask for", 1, 1, _MOST_WORKERS, lambda _: self._put_workers()
        )
        self._plan = text_box()
        self.widget = column(
            self._rule,
            self._strategy,
            self._input,
            row(self._target),
            row(self._workers, self._auto),
            self._plan,
        )

    def show(self) -> None:
        """Show the contract's values and its plan."""
        state = self._panel.state
        contract = state.contract
        with self._quiet.setting():
            for control in (self._rule, self._strategy, self._input, self._target, self._auto):
                control.disabled = contract is None
            if contract is not None:
                set_value(self._rule, contract.split)
                fitting = STRATEGIES_OF_SPLIT[contract.split]
                if tuple(self._strategy.options) != fitting:
                    self._strategy.options = fitting
                set_value(self._strategy, fitting_strategy(contract.split, contract.partition_strategy))
                set_value(self._input, contract.input)
                target = contract.target_partitions
                set_value(self._target, target, max=max(_MOST_TARGET, self._target.max, 2 * target))
                is_auto = contract.workers == "auto"
                set_value(self._auto, is_auto)
                if contract.workers != "auto":
                    workers = int(contract.workers)
                    set_value(self._workers, workers, max=max(self._workers.max, 2 * workers))
            self._workers.disabled = contract is None or contract.workers == "auto"
        set_markup(self._plan, self._planned())

    def _planned(self) -> Markup:
        state = self._panel.state
        parts: list[Any] = [findings_html(state.findings)]
        if state.is_planning:
            parts.append(element("p", "Planning…", role="status"))
        elif state.plan is not None:
            parts.append(plan_html(state.plan, state.contract.backend if state.contract else ""))
        return joined(parts)

    def _put(self, **values: Any) -> None:
        if not self._quiet:
            self._panel.edit(lambda contract: replace(contract, **values))

    def _put_rule(self, split: Any) -> None:
        if not self._quiet:
            self._panel.edit(
                lambda contract: replace(
                    contract,
                    split=split,
                    partition_strategy=fitting_strategy(split, contract.partition_strategy),
                )
            )

    def _put_strategy(self, strategy: Any) -> None:
        # none while its options change
        if strategy is not None:
            self._put(partition_strategy=strategy)

    def _put_workers(self) -> None:
        if self._quiet:
            return
        self._workers.disabled = self._auto.value
        self._put(workers="auto" if self._auto.value else int(self._workers.value))
