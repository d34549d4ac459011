"""HTTP: who may ask, what a request says, what work it does, and what becomes of failures.

A route is a subclass of `AgilabHandler` with methods named ``on_get``, ``on_post``, ``on_put`` and
``on_delete``, plain or ``async``. What a method returns is the answer, as JSON. Nobody has to remember the
checks: the base class makes the methods that tornado calls, with all checks around them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import isawaitable
from pathlib import Path
from typing import Any, ClassVar, Literal, ParamSpec, TypeVar

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado import web

from jupyter_agilab.dated_json import tagged
from jupyter_agilab.server.fields import Fields, json_object
from jupyter_agilab.server.outside import outside
from jupyter_agilab.server.places import Kind, Root
from jupyter_agilab.server.refusals import status_of, told
from jupyter_agilab.server.state import SETTING, ServerState
from jupyter_agilab.server.tree.listing import Listing

_P = ParamSpec("_P")
_T = TypeVar("_T")

RESOURCE = "jupyter_agilab"
"""What an authorizer is asked about, with ``read``, ``write`` or ``execute``."""

Action = Literal["read", "write", "execute"]

ALSO: Mapping[Action, tuple[tuple[str, str], ...]] = {
    "read": (("read", "contents"),),
    "write": (("write", "contents"),),
    "execute": (("write", "contents"), ("execute", "kernels")),
}
"""What else an authorizer must allow: Jupyter's own words for the same, so that one that does not know us
lets nobody do more than before. Who may not start a kernel cannot have code run by a stage."""

BODY_LIMIT_BYTES = 4 * 1024**2
_VERBS = ("get", "post", "put", "patch", "delete")
_OF_JUPYTER = frozenset({"token", "no_track_activity", "_xsrf"})
_FAULT = "the server made a mistake; its log says more"

Method = Callable[..., Any]


def guarded(method: Method, action: Action) -> Method:
    """Let only those in who are known and allowed to; put failures into words."""

    @functools.wraps(method)
    async def answered(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            self.check_body()
            value = method(self, *args, **kwargs)
            if isawaitable(value):
                value = await value
        except Exception as error:
            status = status_of(error)
            if status is None:
                raise
            self.refuse(status, told(error, self.root_or_none))
            return
        if not self._finished:
            self.answer(value)

    checked: Method = answered
    for also, resource in reversed(ALSO[action]):
        checked = authorized(action=also, resource=resource)(checked)
    checked = authorized(action=action, resource=RESOURCE)(checked)
    return web.authenticated(checked)


class Rooted(JupyterHandler):
    """What HTTP and WebSockets share: the server's state and its folder."""

    @property
    def state(self) -> ServerState:
        """What all requests share."""
        state: ServerState = self.settings[SETTING]
        return state

    @property
    def root(self) -> Root:
        """The folder that the server shows.

        Raises
        ------
        UsageError
            Its files are not in this machine's file system.
        """
        return self.state.root(self.contents_manager)

    @property
    def root_or_none(self) -> Root | None:
        """The folder that the server shows, where it shows one."""
        return self.state.root_or_none(self.contents_manager)

    def path_of(self, text: str, kind: Kind | None = None, *, must_exist: bool = True) -> Path:
        """Give the absolute path for a path of a request; see `jupyter_agilab.server.places.Root.find`."""
        return self.root.find(text, kind, must_exist=must_exist)

    def told(self, path: Path | str) -> str:
        """Give a path as answers have it: relative to the root, with ``/``; empty where it is outside."""
        return self.root.told(path)

    def plain(self, value: Any) -> Any:
        """Give JSON in whose texts the paths are relative to the root."""
        return self.root.plain(value)


@web.stream_request_body
class AgilabHandler(Rooted, APIHandler):
    """A route: see the module's text.

    Attributes
    ----------
    actions
        Method to what it takes, where that is not ``read`` for ``get`` and ``write`` for the others;
        ``execute`` for all that starts the user's code.
    body_limit_bytes
        A larger body is answered with 413.
    """

    actions: ClassVar[Mapping[str, Action]] = {}
    body_limit_bytes: ClassVar[int] = BODY_LIMIT_BYTES

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for verb in _VERBS:
            method = vars(cls).get(f"on_{verb}")
            if method is not None:
                setattr(cls, verb, guarded(method, cls.action_of(verb)))

    @classmethod
    def action_of(cls, verb: str) -> Action:
        """Say what a method takes."""
        return cls.actions.get(verb, "read" if verb == "get" else "write")

    def initialize(self) -> None:
        """Start with an empty body; looking does not keep a server alive that is ended when idle."""
        self._received = bytearray()
        self._received_bytes = 0
        self._track_activity = self.request.method != "GET"

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body, as long as there is room; the rest is read and dropped."""
        self._received_bytes += len(chunk)
        if self._received_bytes <= self.body_limit_bytes:
            self._received += chunk
        else:
            self._received.clear()

    def check_body(self) -> None:
        """Raise 413 for a body that is too large."""
        if self._received_bytes > self.body_limit_bytes:
            raise web.HTTPError(
                413,
                f"the request has {self._received_bytes:,} bytes; {self.body_limit_bytes:,} are allowed here",
            )

    def query(self, *known: str) -> Fields:
        """Give the query's values, of which only these are known.

        Raises
        ------
        UsageError
            There is another one, or one is not UTF-8.
        """
        names = [name for name in self.request.query_arguments if name not in _OF_JUPYTER]
        # JupyterLab adds the time, without a name, so that no answer is taken from a cache
        names = [name for name in names if not (name.isdecimal() and self.get_query_argument(name) == "")]
        return Fields({name: self.get_query_argument(name, strip=False) for name in names}, known)

    def body(self, *known: str) -> Fields:
        """Give the values of the JSON object that was sent, of which only these are known.

        Raises
        ------
        UsageError
            There is another one, or it is not a JSON object.
        """
        return Fields(json_object(bytes(self._received)), known)

    async def work(self, function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call what blocks in a thread; for reading, checking and planning."""
        return await self.state.quick.do(function, *args, **kwargs)

    async def listing(self) -> Listing:
        """Bring the folder tree up to date and give it."""
        return await self.state.looking.do(self.state.tree(self.root).refresh)

    async def long_work(self, function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call what may block for minutes in a thread; for clusters, trials and verification."""
        return await self.state.slow.do(function, *args, **kwargs)

    @property
    def frames_policy(self) -> str:
        """Who may show an answer in a frame: as the server is configured, by default its own pages."""
        # what all of Jupyter's handlers have, without what those of an API add
        return str(JupyterHandler.content_security_policy.fget(self))  # type: ignore[attr-defined]  # a property

    async def may_look_at(self, path: Path, text: str | None = None) -> None:
        """Refuse to plan what names files outside the root, to those who could not see them in a kernel.

        Parameters
        ----------
        path
            A contract or a workflow.
        text
            In place of the file's.
        """
        if await self.is_allowed("execute", "kernels"):
            return
        named = await self.work(outside, path, self.root, text)
        if named:
            raise web.HTTPError(
                403, f"{self.told(path)} names what is not in the server's folder: {', '.join(named[:3])}"
            )

    async def is_allowed(self, action: str, resource: str) -> bool:
        """Ask the authorizer."""
        answer = self.authorizer.is_authorized(self, self.current_user, action, resource)
        return bool(await ensure_async(answer))

    def answer(self, value: Any, status: int = 200) -> None:
        """Answer with JSON; dates are as `jupyter_agilab.dated_json` writes them."""
        self.set_status(status)
        self.finish(json_text(value))

    def refuse(self, status: int, reply: Mapping[str, Any]) -> None:
        """Answer with a failure."""
        self.set_status(status)
        if status == 429:
            self.set_header("Retry-After", "2")
        self.finish(json_text(reply))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what is wrong in the form that all failures have; nothing of a traceback."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        message = ""
        if isinstance(error, web.HTTPError):
            with suppress(TypeError, ValueError):
                message = (error.log_message or "") % error.args
        if not message:
            message = _FAULT if status_code >= 500 else self._reason
        self.refuse(status_code, {"message": message, "hint": "", "code": "", "findings": []})

    def set_default_headers(self) -> None:
        """Let nothing be kept: answers tell of files and runs."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")


class NoRoute(AgilabHandler):
    """Says in the common form that there is no such route."""

    def on_get(self) -> None:
        """Say so."""
        raise FileNotFoundError("there is no such route")

    on_post = on_put = on_patch = on_delete = on_get


def json_text(value: Any) -> str:
    """Write JSON; numbers that it does not have become null."""
    try:
        return json.dumps(value, separators=(",", ":"), default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), separators=(",", ":"), default=_plain)


def _plain(value: object) -> Any:
    if isinstance(value, Path):
        raise TypeError("paths are told relative to the root")
    return tagged(value)


def _finite(value: Any) -> Any:
    """Give null for numbers that JSON does not have."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
