"""One loop for all browsers: it looks at the tree and at the runs that go on, and tells what is new.

It runs while somebody listens. How often it looks follows from what a look takes: never more than some
thousandths of a core, so that a page that is left open costs nothing that one could notice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Hashable
from contextlib import suppress
from typing import Any, Protocol

from jupyter_agilab.server.lanes import Lane
from jupyter_agilab.server.watching.news import Message, News

ACTIVE_S = 1.0
QUIET_S = 2.0
LONGEST_S = 60.0
WHOLE_S = 10.0
MOST_WHOLE_S = 120.0
_QUIET_SHARE = 400
_ACTIVE_SHARE = 50
# what a look waits for is no load on this machine, but may be one on a file server
_WAITING_COUNTS = 0.1

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told."""

    def tell(self, message: Any, key: Hashable = None) -> None:
        """Take a message; one with a key may take the place of an earlier one with the same."""


class Hub:
    """The loop, and who listens. All methods are for the server's own thread."""

    def __init__(self, news: News) -> None:
        self.news = news
        self.looks = 0
        self._lane = Lane("events", 1, 4)
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_nudged = False
        self._has_greeted = False
        self._next_whole = 0.0
        self._quick_look_s = 0.0

    @property
    def is_looking(self) -> bool:
        """Whether the loop runs."""
        return self._task is not None

    def join(self, listener: Listener) -> None:
        """Tell a listener what is known, and from now on what is new."""
        self._listeners.add(listener)
        if self._task is None:
            self._has_greeted = False
            self._task = asyncio.create_task(self._look_on(time.time()))
        elif self._has_greeted and self.news.greeting is not None:
            listener.tell(self.news.greeting.content)
            self.nudge()

    def leave(self, listener: Listener) -> None:
        """Forget a listener; the loop ends with the last one."""
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    def nudge(self) -> None:
        """Look soon: something was changed."""
        self._is_nudged = True
        self._wake.set()

    def tell(self, message: Any, key: Hashable = None) -> None:
        """Tell all who listen."""
        for listener in tuple(self._listeners):
            listener.tell(message, key)

    def close(self) -> None:
        """End the loop."""
        for listener in tuple(self._listeners):
            self.leave(listener)
        self._lane.close()

    async def _look_on(self, since: float) -> None:
        while True:
            try:
                messages = await self._look(since)
                for message in messages:
                    self.tell(message.content, message.key)
            except Exception:  # noqa: BLE001  # one look that fails must not end all later ones
                _log.exception("a look at the tree failed")
            await self._rest()

    async def _look(self, since: float) -> list[Message]:
        self.looks += 1
        is_first = not self._has_greeted
        whole = is_first or self._is_nudged or time.monotonic() >= self._next_whole
        self._is_nudged = False
        # what happened while nobody listened is not news
        messages, took = await self._lane.do(self._cost_of_look, since if is_first else None, whole=whole)
        if whole:
            pause = max(WHOLE_S, _QUIET_SHARE * took)
            self._next_whole = time.monotonic() + min(pause, MOST_WHOLE_S)
        else:
            self._quick_look_s = took
        if is_first and self.news.greeting is not None:
            self._has_greeted = True
            return [self.news.greeting, *messages]
        return messages

    def _cost_of_look(self, since: float | None, *, whole: bool) -> tuple[list[Message], float]:
        """Look, in a thread; give what is new, and the seconds that it counts for.

        Parameters
        ----------
        since
            Begin anew: when somebody began to listen.
        """
        begun, clock = time.thread_time(), time.monotonic()
        if since is not None:
            self.news.forget(since)
        messages = self.news.look(whole=whole)
        waited = time.monotonic() - clock
        return messages, max(time.thread_time() - begun, _WAITING_COUNTS * waited)

    async def _rest(self) -> None:
        """Wait until the next look is due, or somebody nudges."""
        pause = max(QUIET_S, _QUIET_SHARE * self._quick_look_s)
        if self.news.has_active:
            pause = max(ACTIVE_S, _ACTIVE_SHARE * self._quick_look_s)
        with suppress(TimeoutError):
            # not `wait_for`, which can miss that the loop is to end, in the moment of a nudge
            async with asyncio.timeout(min(pause, LONGEST_S)):
                await self._wake.wait()
            # those who nudge may do so often
            await asyncio.sleep(0.1)
        self._wake.clear()
