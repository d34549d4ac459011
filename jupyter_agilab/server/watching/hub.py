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
WHOLE_S = 10.0
LONGEST_S = 60.0
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
        self._next_whole = 0.0
        self._whole_pause_s = WHOLE_S
        self._quick_look_s = 0.0

    @property
    def is_looking(self) -> bool:
        """Whether the loop runs."""
        return self._task is not None

    def join(self, listener: Listener) -> None:
        """Tell a listener what is known, and from now on what is new."""
        self._listeners.add(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._look_on())
        elif self.news.greeting is not None:
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

    async def _look_on(self) -> None:
        # what happened while nobody listened is not news
        await self._lane.do(self.news.forget)
        has_greeted = False
        while True:
            try:
                messages = await self._look()
            except Exception:  # noqa: BLE001  # one look that fails must not end all later ones
                _log.exception("a look at the tree failed")
                messages = []
            if not has_greeted and self.news.greeting is not None:
                has_greeted = True
                messages = [self.news.greeting]
            for message in messages:
                self.tell(message.content, message.key)
            await self._rest()

    async def _look(self) -> list[Message]:
        self.looks += 1
        whole = self.news.greeting is None or self._is_nudged or time.monotonic() >= self._next_whole
        was_nudged, self._is_nudged = self._is_nudged, False
        messages, took = await self._lane.do(self._cost_of_look, whole=whole)
        if whole:
            # a tree in which nothing happens is looked at ever more rarely
            is_quiet = not (was_nudged or messages)
            self._whole_pause_s = min(self._whole_pause_s * 1.5, LONGEST_S) if is_quiet else WHOLE_S
            pause = max(self._whole_pause_s, _QUIET_SHARE * took)
            self._next_whole = time.monotonic() + min(pause, 2 * LONGEST_S)
        else:
            self._quick_look_s = took
        return messages

    def _cost_of_look(self, *, whole: bool) -> tuple[list[Message], float]:
        """Look, in a thread; give what is new, and the seconds that it counts for."""
        begun, clock = time.thread_time(), time.monotonic()
        messages = self.news.look(whole=whole)
        waited = time.monotonic() - clock
        return messages, max(time.thread_time() - begun, _WAITING_COUNTS * waited)

    async def _rest(self) -> None:
        """Wait until the next look is due, or somebody nudges."""
        pause = max(QUIET_S, _QUIET_SHARE * self._quick_look_s)
        if self.news.has_active:
            pause = max(ACTIVE_S, _ACTIVE_SHARE * self._quick_look_s)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._wake.wait(), min(pause, LONGEST_S))
            # those who nudge may do so often
            await asyncio.sleep(0.1)
        self._wake.clear()
