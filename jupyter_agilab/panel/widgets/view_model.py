"""The model of the panel's view in the browser: small synced traits, and answers to what the view asks."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from jupyter_agilab.panel.widgets.answers import Answers, Doer
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.panel.widgets.view_files import css_text, esm_text


class StageView(anywidget.AnyWidget):
    """Shows a `StageData`; messages may come on any thread, also while a cell runs.

    Parameters
    ----------
    data
        What is shown; `show` changes it.
    doer
        Who does what the view asks for; None: nothing can be asked for.
    """

    _esm = esm_text()
    _css = css_text()

    revision = traitlets.Int(0).tag(sync=True)
    summary = traitlets.Dict().tag(sync=True)
    lanes = traitlets.List().tag(sync=True)
    selected = traitlets.List(traitlets.Int()).tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)

    def __init__(self, data: StageData, doer: Doer | None = None, **traits: Any) -> None:
        self._answers = Answers(data, doer)
        super().__init__(summary=self._answers.summary(), lanes=data.lanes(), **traits)
        self.on_msg(self._on_message)

    @property
    def data(self) -> StageData:
        """What is shown now."""
        return self._answers.data

    def show(self, data: StageData) -> None:
        """Show other data from now on."""
        if data.count != self.data.count:
            self.selected = []
        self._answers.show(data)
        self.tell()

    def tell(self) -> None:
        """Send the traits as they are now, and that there is something new to ask for."""
        summary, lanes = self._answers.summary(), self.data.lanes()
        if summary != self.summary:
            self.summary = summary
        if lanes != self.lanes:
            self.lanes = lanes
        self.revision += 1

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        self._answers.answer(content, self.send)
