"""WebSockets: who may listen, how much may come in and how much may wait to go out.

A socket is a subclass of `AgilabSocket`. Other origins are refused as Jupyter's own sockets refuse them, and
who may read may listen.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Hashable
from typing import Any, ClassVar

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from jupyter_agilab.server.handlers import ALSO, RESOURCE, Action, Rooted, json_text
from jupyter_agilab.server.refusals import status_of, told

_MOST_WAITING = 1000
TRY_AGAIN_LATER = 1013
TOO_LARGE = 1009
NOT_UNDERSTOOD = 1003


class Clients:
    """Who has which kind of WebSocket open at a server."""

    def __init__(self) -> None:
        self._of: dict[type, set[Any]] = {}

    def of(self, kind: type) -> set[Any]:
        """Give those of one kind."""
        return self._of.setdefault(kind, set())


class AgilabSocket(WebSocketMixin, WebSocketHandler, Rooted):
    """A WebSocket: see the module's text.

    Attributes
    ----------
    action
        What it takes to open it.
    most_message_bytes
        A longer message of the client's ends the connection.
    most_clients
        More are refused.
    """

    auth_resource = RESOURCE
    action: ClassVar[Action] = "read"
    most_message_bytes: ClassVar[int] = 64 * 1024
    most_clients: ClassVar[int] = 64

    @property
    def clients(self) -> set[AgilabSocket]:
        """Those who have one of this kind open."""
        return self.state.kept(Clients).of(type(self))

    @property
    def max_message_size(self) -> int:
        """What tornado lets in."""
        return self.most_message_bytes

    def initialize(self) -> None:
        """Start with nothing to send."""
        self._waiting: dict[Hashable, str] = {}
        self._has_news = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open it for whom that is allowed."""
        for action, resource in ((self.action, RESOURCE), *ALSO[self.action]):
            allowed = self.authorizer.is_authorized(self, self.current_user, action, resource)
            if not await ensure_async(allowed):
                raise web.HTTPError(403, f"the user may not {action} {resource}")
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Take the client in, or say that there are too many."""
        super().open(*args, **kwargs)
        if len(self.clients) >= self.most_clients:
            self.close(TRY_AGAIN_LATER, "too many listen already")
            return
        self.clients.add(self)
        self._sending = asyncio.create_task(self._send())
        self.on_open()

    def on_open(self) -> None:
        """Greet the client; for subclasses."""

    def on_gone(self) -> None:
        """Tidy up behind the client; for subclasses."""

    async def on_client(self, message: dict[str, Any]) -> None:
        """Answer a message of the client's; for subclasses. What it raises is told to the client."""

    async def on_message(self, message: str | bytes) -> None:
        """Read a message; one that is no JSON object ends the connection."""
        try:
            value = json.loads(message)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            self.close(NOT_UNDERSTOOD, "a message is one JSON object")
            return
        if value.get("type") == "ping":
            self.tell({"type": "pong"}, key="pong")
            return
        try:
            await self.on_client(value)
        except Exception as error:
            if status_of(error) is None:
                self.log.exception("a message of a WebSocket could not be answered")
                reply = {"message": "the server made a mistake; its log says more"}
            else:
                reply = told(error, self.root_or_none)
            self.tell({"type": "error", "about": value.get("id"), **reply})

    def on_close(self) -> None:
        """Forget the client."""
        was_open = self in self.clients
        self.clients.discard(self)
        if self._sending is not None:
            self._sending.cancel()
        if was_open:
            self.on_gone()

    def tell(self, message: Any, key: Hashable = None) -> None:
        """Send a message when the client is ready for it; does not block, may be called in the loop only.

        Parameters
        ----------
        key
            A later message with the same key takes the place of one that has not been sent yet. So a slow
            client gets less, never what is old. Of a thousand that wait the oldest is dropped.
        """
        key = object() if key is None else key
        self._waiting.pop(key, None)
        self._waiting[key] = json_text(message)
        if len(self._waiting) > _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._has_news.set()

    async def _send(self) -> None:
        """Send what waits, each message when the one before is out."""
        try:
            while True:
                await self._has_news.wait()
                self._has_news.clear()
                while self._waiting:
                    text = self._waiting.pop(next(iter(self._waiting)))
                    await self.write_message(text)
        except WebSocketClosedError:
            return

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say why it is not opened, without a page."""
        self.set_header("Content-Type", "application/json")
        self.finish(json_text({"message": self._reason, "hint": "", "code": "", "findings": []}))
