"""Work beside the kernel's main thread, where of each kind only the newest counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_IDLE_S = 2.0


class Background:
    """Does jobs one after another in a thread of its own, which is there only while there is work.

    Parameters
    ----------
    name
        The thread's name.
    on_error
        Called with the exception of a job that fails, in that thread.
    """

    def __init__(self, name: str, on_error: Callable[[Exception], None]) -> None:
        self._name = name
        self._on_error = on_error
        self._jobs: dict[str, tuple[float, Callable[[], None]]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def do(self, kind: str, job: Callable[[], None], *, delay_s: float = 0.0) -> None:
        """Do a job after a delay; it takes the place of one of its kind that has not begun."""
        with self._changed:
            if self._is_closed:
                return
            self._jobs.pop(kind, None)
            self._jobs[kind] = (time.monotonic() + delay_s, job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def has(self, kind: str) -> bool:
        """Say whether a job of a kind waits."""
        with self._changed:
            return kind in self._jobs

    def close(self, timeout_s: float = 5.0) -> None:
        """Forget what waits, and wait for the job under way."""
        with self._changed:
            self._is_closed = True
            self._jobs.clear()
            thread = self._thread
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)

    def _next(self) -> Callable[[], None] | None:
        """Wait for the next job; None: there was nothing to do for a while."""
        idle_until = time.monotonic() + _IDLE_S
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                if self._jobs:
                    kind = min(self._jobs, key=lambda each: self._jobs[each][0])
                    due, job = self._jobs[kind]
                    if due <= now:
                        del self._jobs[kind]
                        return job
                    self._changed.wait(due - now)
                    idle_until = time.monotonic() + _IDLE_S
                elif now >= idle_until:
                    break
                else:
                    self._changed.wait(idle_until - now)
            self._thread = None
            return None

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception as error:  # noqa: BLE001  # whatever it is, the next job must be done
                self._on_error(error)
