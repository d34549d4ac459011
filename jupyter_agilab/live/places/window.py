"""``max_concurrent``: no more than so many calls of an array are under way at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from jupyter_agilab.live.handle import Handle


class Window:
    """Lets calls through in their order, and no more than `size` that have not ended."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._under_way = 0
        self._held: deque[tuple[Handle, Callable[[], None]]] = deque()

    def enter(self, handle: Handle, send: Callable[[], None]) -> None:
        """Call `send` as soon as there is room."""
        with self._lock:
            self._held.append((handle, send))
        self._let_through()

    def _leave(self, handle: Handle) -> None:
        with self._lock:
            self._under_way -= 1
        self._let_through()

    def _let_through(self) -> None:
        while True:
            with self._lock:
                if not self._held or self._under_way >= self._size:
                    return
                handle, send = self._held.popleft()
                self._under_way += 1
            send()
            handle.on_done(self._leave)
