"""The model of the panel's view in the browser: small synced traits, and answers to what the view asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import anywidget
import traitlets

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.panel.widgets.log_window import LogWindow
from jupyter_agilab.panel.widgets.protocol import (
    RequestError,
    filter_of,
    indexes,
    layer_of,
    number,
    sort_of,
    whole,
)
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.panel.widgets.view_files import css_text, esm_text


class Doer(Protocol):
    """What the view may ask to be done; each gives a sentence, and raises `AgilabError` where it cannot."""

    def can(self) -> list[str]:
        """Name what the view may offer now."""

    def pin(self, indexes: list[int], worker: str | None) -> str:
        """Put partitions on a worker; None: where the plan puts them."""

    def act(self, what: str, indexes: list[int]) -> str:
        """Stop, retry, run some, or open one."""

    def detail(self, index: int, answer: Callable[[dict[str, Any]], None]) -> None:
        """Look a partition up and give the answer, in this thread or a later one."""


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
        self._data = data
        self._doer = doer
        self._asked = threading.RLock()
        self._log = LogWindow(data)
        self._answers: dict[str, Callable[[Mapping[str, Any]], tuple[dict[str, Any], list[bytes]]]] = {
            "rows": self._rows,
            "bars": self._bars,
            "find": self._find,
            "log": self._read_log,
            "pin": self._pin,
            "act": self._act,
        }
        super().__init__(summary=self._summary(), lanes=data.lanes(), **traits)
        self.on_msg(self._on_message)

    @property
    def data(self) -> StageData:
        """What is shown now."""
        return self._data

    def show(self, data: StageData) -> None:
        """Show other data from now on."""
        with self._asked:
            if data.count != self._data.count:
                self.selected = []
            self._data = data
            self._log = LogWindow(data)
        self.tell()

    def tell(self) -> None:
        """Send the traits as they are now, and that there is something new to ask for."""
        summary, lanes = self._summary(), self._data.lanes()
        if summary != self.summary:
            self.summary = summary
        if lanes != self.lanes:
            self.lanes = lanes
        self.revision += 1

    def _summary(self) -> dict[str, Any]:
        told = self._data.summary()
        told["can"] = self._doer.can() if self._doer is not None else []
        return told

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        kind, request = content.get("type"), content.get("request")
        try:
            if kind == "detail":
                self._detail(content, request)
                return
            answer = self._answers.get(str(kind))
            if answer is None:
                raise RequestError(f"there is no request {kind!r}")
            with self._asked:
                told, buffers = answer(content)
        except (RequestError, AgilabError, OSError) as error:
            self.send({"type": "error", "request": request, "message": str(error)[:2000]})
            return
        name = {"pin": "pinned", "act": "acted"}.get(str(kind), kind)
        self.send({"type": name, "request": request, **told}, buffers)

    def _rows(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        start, count = whole(content, "start", 0), whole(content, "count", 50)
        return self._data.rows(start, count, sort_of(content), filter_of(content)), []

    def _bars(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        told, packed = self._data.bars(
            layer_of(content),
            number(content, "from_s", 0.0),
            number(content, "to_s", 0.0),
            whole(content, "width_px", 1000),
        )
        return told, [packed]

    def _find(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        return self._data.find(whole(content, "index"), sort_of(content), filter_of(content)), []

    def _read_log(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        return self._log.after(whole(content, "after", 0)), []

    def _pin(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        wanted, worker = indexes(content, self._data.count), content.get("worker")
        if self._doer is None:
            raise RequestError("partitions cannot be pinned here")
        return self._done(lambda doer: doer.pin(wanted, None if worker is None else str(worker)))

    def _act(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        wanted, what = indexes(content, self._data.count), str(content.get("what"))
        if self._doer is None:
            raise RequestError("nothing can be done here")
        return self._done(lambda doer: doer.act(what, wanted))

    def _done(self, do: Callable[[Doer], str]) -> tuple[dict[str, Any], list[bytes]]:
        assert self._doer is not None
        try:
            return {"ok": True, "message": do(self._doer)}, []
        except AgilabError as error:
            return {"ok": False, "message": str(error)[:2000]}, []

    def _detail(self, content: Mapping[str, Any], request: Any) -> None:
        index = whole(content, "index")
        if not 0 <= index < self._data.count:
            raise RequestError(f"there is no partition {index}")
        if self._doer is None:
            raise RequestError("nothing is known about single partitions here")
        self._doer.detail(index, lambda told: self.send({"type": "detail", "request": request, **told}))
