"""The model of a workflow's graph in the browser: what is drawn, what can be done, what a stage has to tell.

Unasked, the kernel sets small synced traits. ``told`` is the workflow's plain form, ``places`` where its
stages are drawn, ``flags`` its flags and whether they are on, ``can`` what may be done now (``run``,
``stop``), ``chosen`` the stage that is looked at, which the browser sets, and ``notice`` a sentence about
what went wrong. Requests have a ``type`` and a rising ``request`` number, and their answers the same.

``act``
    Asks with ``what`` (``run`` or ``stop``) and ``flags`` (those that are on); the answer ``acted`` has
    ``ok`` and ``message``.
``stage``
    Asks with ``name``. The answer has ``fields`` (pairs of texts), ``failures`` (pairs of a title and a text)
    and ``log`` (a text).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import anywidget
import traitlets

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.panel.widgets.protocol import RequestError
from jupyter_agilab.panel.widgets.view_files import css_text

_SCRIPTS = ("words.js", "asking.js", "workflow_states.js", "workflow.js")


class WorkflowDoer(Protocol):
    """What the graph may ask to be done; each raises `AgilabError` where it cannot."""

    def act(self, what: str, flags: tuple[str, ...]) -> str:
        """Run or stop; gives a sentence."""

    def look(self, name: str, answer: Callable[[dict[str, Any]], None]) -> None:
        """Look a stage up and give the answer, in this thread or a later one."""


@cache
def graph_script() -> str:
    """Give the graph as one JavaScript module, whose default export has ``render``."""
    folder = files("jupyter_agilab.panel.widgets") / "view"
    return "\n\n".join((folder / name).read_text("utf-8").strip() for name in _SCRIPTS) + "\n"


@cache
def graph_sheet() -> str:
    """Give the graph's style sheet."""
    folder = files("jupyter_agilab.panel.widgets") / "view"
    return css_text() + (folder / "workflow.css").read_text("utf-8")


class WorkflowGraph(anywidget.AnyWidget):
    """Shows a workflow; messages may come on any thread, also while a cell runs.

    Parameters
    ----------
    doer
        Who does what the reader asks for.
    """

    _esm = graph_script()
    _css = graph_sheet()

    told = traitlets.Dict().tag(sync=True)
    places = traitlets.Dict().tag(sync=True)
    flags = traitlets.Dict().tag(sync=True)
    can = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)

    def __init__(self, doer: WorkflowDoer, **traits: Any) -> None:
        self._doer = doer
        super().__init__(**traits)
        self.on_msg(self._on_message)

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        request = content.get("request")
        try:
            match content.get("type"):
                case "act":
                    told = {"type": "acted", **self._act(content)}
                    self.send({"request": request, **told})
                case "stage":
                    name = str(content.get("name"))
                    self._doer.look(
                        name, lambda told: self.send({"type": "stage", "request": request, **told})
                    )
                case kind:
                    raise RequestError(f"there is no request {kind!r}")
        except (RequestError, AgilabError, OSError) as error:
            self.send({"type": "error", "request": request, "message": str(error)[:2000]})

    def _act(self, content: dict[str, Any]) -> dict[str, Any]:
        flags = content.get("flags") or []
        if not isinstance(flags, list) or not all(isinstance(flag, str) for flag in flags):
            raise RequestError(f"flags must be names; got {flags!r}")
        try:
            return {"ok": True, "message": self._doer.act(str(content.get("what")), tuple(flags))}
        except AgilabError as error:
            return {"ok": False, "message": str(error)[:2000]}
