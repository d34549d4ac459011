"""Answers to what the panel's view asks, whoever carries them: a kernel's comm, or a server's socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

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

_Told = tuple[dict[str, Any], list[bytes]]


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


class Answers:
    """Answers requests about a `StageData`; any thread may ask.

    Parameters
    ----------
    data
        What is asked about; `show` changes it.
    doer
        Who does what the view asks for; None: nothing can be asked for.
    """

    def __init__(self, data: StageData, doer: Doer | None = None) -> None:
        self.data = data
        self._doer = doer
        self._asked = threading.RLock()
        self._log = LogWindow(data)
        self._kinds: dict[str, Callable[[Mapping[str, Any]], _Told]] = {
            "rows": self._rows,
            "bars": self._bars,
            "find": self._find,
            "log": self._read_log,
            "pin": self._pin,
            "act": self._act,
        }

    def show(self, data: StageData) -> None:
        """Answer about other data from now on."""
        with self._asked:
            self.data = data
            self._log = LogWindow(data)

    def summary(self) -> dict[str, Any]:
        """Give the figures above the map, with what the view may offer now."""
        told = self.data.summary()
        told["can"] = self._doer.can() if self._doer is not None else []
        return told

    def answer(self, content: object, send: Callable[[dict[str, Any], list[bytes]], None]) -> None:
        """Answer a request by `send`, at once or, for details, later; a mistake in it is an answer too."""
        if not isinstance(content, dict):
            return
        kind, request = content.get("type"), content.get("request")
        try:
            if kind == "detail":
                self._detail(content, lambda told: send({"type": kind, "request": request, **told}, []))
                return
            answer = self._kinds.get(str(kind))
            if answer is None:
                raise RequestError(f"there is no request {kind!r}")
            with self._asked:
                told, buffers = answer(content)
        except (RequestError, AgilabError, OSError) as error:
            send({"type": "error", "request": request, "message": str(error)[:2000]}, [])
            return
        name = {"pin": "pinned", "act": "acted"}.get(str(kind), kind)
        send({"type": name, "request": request, **told}, buffers)

    def _rows(self, content: Mapping[str, Any]) -> _Told:
        start, count = whole(content, "start", 0), whole(content, "count", 50)
        return self.data.rows(start, count, sort_of(content), filter_of(content)), []

    def _bars(self, content: Mapping[str, Any]) -> _Told:
        told, packed = self.data.bars(
            layer_of(content),
            number(content, "from_s", 0.0),
            number(content, "to_s", 0.0),
            whole(content, "width_px", 1000),
        )
        return told, [packed]

    def _find(self, content: Mapping[str, Any]) -> _Told:
        return self.data.find(whole(content, "index"), sort_of(content), filter_of(content)), []

    def _read_log(self, content: Mapping[str, Any]) -> _Told:
        return self._log.after(whole(content, "after", 0)), []

    def _pin(self, content: Mapping[str, Any]) -> _Told:
        wanted, worker = indexes(content, self.data.count), content.get("worker")
        if self._doer is None:
            raise RequestError("partitions cannot be pinned here")
        return _done(self._doer, lambda doer: doer.pin(wanted, None if worker is None else str(worker)))

    def _act(self, content: Mapping[str, Any]) -> _Told:
        wanted, what = indexes(content, self.data.count), str(content.get("what"))
        if self._doer is None:
            raise RequestError("nothing can be done here")
        return _done(self._doer, lambda doer: doer.act(what, wanted))

    def _detail(self, content: Mapping[str, Any], answer: Callable[[dict[str, Any]], None]) -> None:
        index = whole(content, "index")
        if not 0 <= index < self.data.count:
            raise RequestError(f"there is no partition {index}")
        if self._doer is None:
            raise RequestError("nothing is known about single partitions here")
        self._doer.detail(index, answer)


def _done(doer: Doer, do: Callable[[Doer], str]) -> _Told:
    try:
        return {"ok": True, "message": do(doer)}, []
    except AgilabError as error:
        return {"ok": False, "message": str(error)[:2000]}, []
