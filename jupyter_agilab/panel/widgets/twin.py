"""The static picture of a panel: what a saved notebook shows, hidden while the live one is there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.panel.markup import Markup, element
from jupyter_agilab.panel.view import View

_NO_MODEL = (
    ".jp-OutputArea-child:has(.agilab-twin)~.jp-OutputArea-child "
    ".jp-OutputArea-output.jupyter-widgets:not(:has(>*)){display:none}"
)
"""JupyterLab shows one line instead of a widget whose kernel is gone; the picture above says more."""


@dataclass(frozen=True, slots=True, repr=False)
class TwinView(View):
    """A view in a box that the live panel hides by its class."""

    view: View
    name: str

    def text(self) -> str:
        """Give the view's text."""
        return self.view.text()

    def html(self) -> Markup:
        """Give the view's HTML."""
        return element(
            "div",
            element("style", Markup(_NO_MODEL)),
            self.view.html(),
            class_=f"agilab-twin {self.name}",
        )


def hiding(name: str) -> Markup:
    """Give the style that hides the picture of that name; it holds while it is part of the page."""
    return element("style", Markup(f".{name}{{display:none}}"))


class Twin:
    """One display that is updated in place; any thread may do that.

    Parameters
    ----------
    name
        The class by which the live panel hides it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._handle: Any = None
        self._last = ""
        self._lock = threading.Lock()

    def show(self, view: View) -> None:
        """Show a view in the output of the cell that runs now, or in place of the last one."""
        from IPython.display import display

        made = TwinView(view, self._name)
        told = str(made.html())
        with self._lock:
            if told == self._last:
                return
            self._last = told
            if self._handle is None:
                self._handle = display(made, display_id=True)
            else:
                self._handle.update(made)

    @property
    def is_shown(self) -> bool:
        """Whether there is a display to update."""
        return self._handle is not None
