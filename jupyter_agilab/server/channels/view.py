"""``agilab/view``: the panel's view of a plan or a run, without a kernel.

The browser says what it wants to see: ``{"type": "open", "what": "plan", "path", "text"?}`` or ``{"type":
"open", "what": "run", "path"?, "folder"?, "stage"?, "run"?}``, each with a ``serial`` that the answer
``opened`` repeats. ``path`` is the contract, ``text`` stands in place of the file's. A run is named by its
folder, stage and id; the first two are the contract's where they are not given, and without an id it is the
newest one.

After that the browser gets ``{"type": "traits", "traits"}`` whenever something changed, and may ask whatever
`jupyter_agilab.panel.widgets.protocol` knows. The answers come as ``{"type": "custom", "content"}``, or as a
frame of `jupyter_agilab.server.views.frames`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async

from jupyter_agilab.errors import UsageError
from jupyter_agilab.server.documents.document import MOST_CHARACTERS
from jupyter_agilab.server.fields import Fields
from jupyter_agilab.server.handlers import ALSO, RESOURCE, Action
from jupyter_agilab.server.outside import outside
from jupyter_agilab.server.refusals import BusyError, status_of, told
from jupyter_agilab.server.sockets import AgilabSocket
from jupyter_agilab.server.views.frames import packed
from jupyter_agilab.server.views.session import ViewSession

MOST_UNDER_WAY = 24
_TICK_S = 0.3
_OPENED_BY = ("type", "what", "path", "text", "folder", "stage", "run", "serial")
_FAULT = "the server made a mistake; its log says more"
_TAKES_TIME = frozenset({"detail", "act"})


class ViewSocket(AgilabSocket):
    """One open view."""

    most_message_bytes = 5 * MOST_CHARACTERS

    def initialize(self) -> None:
        """Start with nothing to show."""
        super().initialize()
        self.session: ViewSession | None = None
        self._wanted: dict[str, Any] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    def on_open(self) -> None:
        """Watch what will be shown."""
        self._watching = asyncio.create_task(self._watch())

    def on_gone(self) -> None:
        """Forget the view."""
        for task in (self._watching, self._opening, *self._under_way):
            if task is not None:
                task.cancel()

    async def on_client(self, message: dict[str, Any]) -> None:
        """Take what the browser asks; it is answered when it is known."""
        if message.get("type") == "open":
            # while a plan is being made only the newest wish counts
            self._wanted = message
            if self._opening is None or self._opening.done():
                self._opening = asyncio.create_task(self._show_wanted())
        elif len(self._under_way) >= MOST_UNDER_WAY:
            self._tell_error(message, "too much is asked for at once")
        else:
            self._begin(self._answer(message))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _tell_error(self, message: dict[str, Any], why: str) -> None:
        content = {"type": "error", "request": message.get("request"), "message": why}
        self.tell({"type": "custom", "content": content})

    async def _may(self, action: Action) -> bool:
        for verb, resource in ((action, RESOURCE), *ALSO[action]):
            allowed = self.authorizer.is_authorized(self, self.current_user, verb, resource)
            if not await ensure_async(allowed):
                return False
        return True

    async def _show_wanted(self) -> None:
        while self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            try:
                opened = await self._show(Fields(wanted, _OPENED_BY))
            except Exception as error:
                if status_of(error) is None:
                    self.log.exception("a view could not be opened")
                    opened = {"error": {"message": _FAULT}}
                else:
                    opened = {"error": told(error, self.root_or_none)}
            self.tell({"type": "opened", "serial": wanted.get("serial"), **opened})
            if "error" not in opened and self.session is not None:
                await self._tell_traits(self.session)
            self._wake.set()

    async def _show(self, wanted: Fields) -> dict[str, Any]:
        what = wanted.choice("what", ("plan", "run"))
        path, folder = None, None
        if what == "plan" or "path" in wanted:
            path = self.path_of(wanted.text("path"), "file", must_exist="text" not in wanted)
            folder = path.parent
        if folder is None or "folder" in wanted:
            folder = self.path_of(wanted.text("folder"), "folder")
        if self.session is None or (self.session.path, self.session.folder) != (path, folder):
            self.session = ViewSession(path, folder, may_execute=await self._may("execute"))
        session = self.session
        text = wanted.text("text", most=MOST_CHARACTERS) if "text" in wanted else None
        if path is not None:
            await self._may_look_at(path, text)
        if what == "run":
            stage, run = wanted.text("stage", ""), wanted.text("run", "") or None
            return {"what": "run", **await self.state.quick.do(session.open_run, self.root, stage, run)}
        if text is not None and not await self._may("write"):
            raise UsageError("a text that is not saved can only be planned by who may save it")
        opened = await self.state.quick.do(session.open_plan, text)
        return {"what": "plan", **opened, "findings": self.plain(opened["findings"])}

    async def _may_look_at(self, path: Path, text: str | None) -> None:
        named = await self.state.quick.do(outside, path, self.root, text)
        if named and not await self._may("execute"):
            raise PermissionError(f"{path.name} names what is not in the server's folder: {named[0]}")

    async def _answer(self, message: dict[str, Any]) -> None:
        session = self.session
        if session is None:
            self._tell_error(message, "nothing was opened yet")
            return
        answers: list[tuple[dict[str, Any], list[bytes]]] = []
        lane = self.state.slow if message.get("type") in _TAKES_TIME else self.state.quick
        try:
            await lane.do(session.answer, message, lambda *answer: answers.append(answer))
        except Exception as error:
            if status_of(error) is None:
                self.log.exception("a question of a view could not be answered")
            why = _FAULT if status_of(error) is None else told(error, self.root_or_none)["message"]
            self._tell_error(message, why)
        for content, buffers in answers:
            await self._send_answer(self.plain(content), buffers)
        if message.get("type") in {"act", "pin"}:
            await self._tell_traits(session)
        self._wake.set()

    async def _send_answer(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        from tornado.websocket import WebSocketClosedError

        if not any(buffers):
            self.tell({"type": "custom", "content": content})
            return
        with suppress(WebSocketClosedError):
            # waits until it is sent: a slow line is asked for less, and holds no more
            await self.write_message(packed(content, buffers), binary=True)

    async def _watch(self) -> None:
        """Tell what changes; does nothing while nothing can."""
        while True:
            session = self.session
            if session is None or not session.is_moving:
                self._wake.clear()
                await self._wake.wait()
                continue
            try:
                has_changed = await self.state.quick.do(session.look)
                if has_changed and session is self.session:
                    await self._tell_traits(session)
            except BusyError:
                pass
            except Exception as error:
                # its files were removed meanwhile, or are not as a run writes them
                if status_of(error) is None:
                    self.log.exception("a view cannot go on")
                why = _FAULT if status_of(error) is None else told(error, self.root_or_none)["message"]
                self.tell({"type": "lost", "message": why})
                if session is self.session:
                    self.session = None
                continue
            await asyncio.sleep(_TICK_S)

    async def _tell_traits(self, session: ViewSession) -> None:
        with suppress(BusyError):
            traits = await self.state.quick.do(session.traits)
            if traits:
                self.tell({"type": "traits", "traits": self.plain(traits)})


ROUTES = ((r"view", ViewSocket),)
