"""3 Reducer: how the results become one artifact, and what it made of none, one and two of them."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.panel.markup import Markup, code, element, joined
from jupyter_agilab.panel.trial_view import reducer_html
from jupyter_agilab.panel.widgets.boxes import button, choice, column, row, set_markup, set_value, text_box
from jupyter_agilab.panel.widgets.section import Panel, Quiet
from jupyter_agilab.reduce.registry import meanings, ready_made
from jupyter_agilab.stage_options import StageOptions, settle

_OWN = "custom"


class ReducerSection:
    """The reducer of the stage."""

    title = "3 Reducer"
    about = "How the results become one file"

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._quiet = Quiet()
        self._meanings = meanings()
        names = [name for name in self._meanings if _can_choose(name)]
        self._reducer = choice(
            "Reducer",
            "How the results of the partitions become one file",
            [(f"{name}: {self._meanings[name]}", name) for name in names],
            names[0],
            self._put,
        )
        self._about, self._tried = text_box(), text_box()
        self._try = button(
            "Try it",
            "Runs one partition, and the reducer on none, one and two results",
            lambda: panel.try_one(0),
        )
        self.widget = column(self._reducer, self._about, row(self._try), self._tried)

    def show(self) -> None:
        """Show the contract's reducer, and what a trial made of it."""
        state = self._panel.state
        contract = state.contract
        self._reducer.disabled = contract is None
        self._try.disabled = state.is_trying or state.is_running or contract is None
        if contract is not None:
            with self._quiet.setting():
                chosen = _name_of(contract)
                if chosen not in [value for _, value in self._reducer.options]:
                    self._reducer.options = (*self._reducer.options, (chosen, chosen))
                set_value(self._reducer, chosen)
            set_markup(self._about, self._told(contract))
        set_markup(self._tried, self._result())

    def _told(self, contract: Contract) -> Markup:
        parts: list[Markup | None] = [element("p", "The artifact is ", code(artifact_path(contract)), ".")]
        if contract.reducer == _OWN and not contract.reduce.function:
            told = f"%%parallel_reduce {contract.name}"
            parts.append(element("p", "Its function is missing: write it in a cell with ", code(told), "."))
        elif contract.reduce.function:
            parts.append(element("p", "It is done by ", code(contract.reduce.function), "."))
        return joined(parts)

    def _result(self) -> Markup | None:
        state = self._panel.state
        if state.is_trying:
            return element("p", "Trying…", role="status")
        return reducer_html(state.report) if state.report is not None else None

    def _put(self, name: Any) -> None:
        if self._quiet or name is None:
            return
        folder, options = self._panel.state.folder, StageOptions(name=self._panel.state.name, reducer=name)
        # the artifact's ending and the notes follow the reducer where they are the usual ones
        self._panel.edit(lambda contract: settle(options, contract.function, contract, folder))


def _can_choose(name: str) -> bool:
    """Say whether a reducer needs no options that nobody has given."""
    made = ready_made(name)
    return made is None or all(each.default is not each.empty for each in made.options.values())


def _name_of(contract: Contract) -> str:
    if contract.reducer == _OWN and ready_made(contract.reduce.function):
        return str(contract.reduce.function)
    return contract.reducer
