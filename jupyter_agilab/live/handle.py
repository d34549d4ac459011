"""What a place gives for a call: how it stands, and a way to its value."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Literal

from jupyter_agilab.errors import AgilabError, NotRunError, TaskCancelledError, WaitTimeoutError
from jupyter_agilab.tracebacks import authors_frames

State = Literal["waiting", "finished", "failed", "not run", "cancelled"]
"""``failed``: it raised; ``not run``: one that it needs did not end well."""


class Handle:
    """One call at a place; made by `Place.submit`, settled once by the place. Safe from any thread.

    Attributes
    ----------
    name
        What people know the call by.
    state
        See `State`.
    error
        The exception of the call's own function, or why there is no value; None while there may be one.
    ancestor
        Of a call that was not run: the handle of the one that failed. Of one that failed: itself.
    opening
        How many times its place had been opened: results go when it is closed, also where it is opened again.
    submitted, started, ended
        Seconds since the epoch; `started` only where the place knows it.
    """

    __slots__ = (
        "__weakref__",
        "_callbacks",
        "_condition",
        "_on_sent",
        "_place",
        "ancestor",
        "ended",
        "error",
        "is_sent",
        "kept",
        "name",
        "needs",
        "opening",
        "ran_on",
        "started",
        "state",
        "submitted",
        "trace",
    )

    def __init__(self, name: str, place: Any, needs: tuple[Handle, ...] = (), opening: int = 0) -> None:
        self.name, self.opening = name, opening
        self.state: State = "waiting"
        self.error: BaseException | None = None
        self.ancestor: Handle | None = None
        self.submitted, self.started, self.ended = time.time(), 0.0, 0.0
        self.ran_on = ""
        # what the place keeps for it: a future of Dask, a file, the value
        self.kept: Any = None
        self.trace: TracebackType | None = None
        # they must live until this one has ended, so that their values do
        self.needs = needs
        self.is_sent = False
        self._place = place
        self._condition = threading.Condition()
        self._callbacks: list[Callable[[Handle], None]] = []
        self._on_sent: list[Callable[[], None]] = []

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state != "waiting"

    @property
    def place(self) -> Any:
        """The `Place` that it belongs to."""
        return self._place

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it has ended; says whether it has."""
        with self._condition:
            return self._condition.wait_for(lambda: self.is_done, timeout_s)

    def value(self, timeout_s: float | None = None) -> Any:
        """Wait for it and give its value, which comes here only now.

        Raises
        ------
        BaseException
            What the function raised, with its own traceback.
        NotRunError
            One that it needs failed.
        WaitTimeoutError
            It has not ended in time.
        """
        if not self.wait(timeout_s):
            raise WaitTimeoutError(
                f"{self.name} has not ended within {timeout_s:g} s", hint="it goes on; ask again later"
            )
        self.raise_if_failed()
        return self._place.values_of([self])[0]

    def raise_if_failed(self) -> None:
        """Raise what it failed with, each time with the function's own traceback."""
        if self.error is not None:
            # raising adds to the traceback; it is not to grow with each time that somebody asks
            raise self.error.with_traceback(self.trace)

    def on_done(self, callback: Callable[[Handle], None]) -> None:
        """Call something once it has ended, at once if it has; from any thread, and it must not block."""
        with self._condition:
            if not self.is_done:
                self._callbacks.append(callback)
                return
        _call(partial(callback, self))

    def on_sent(self, callback: Callable[[], None]) -> None:
        """Call something once it was given to the place's workers or scheduler, or has ended before."""
        with self._condition:
            if not self.is_sent and not self.is_done:
                self._on_sent.append(callback)
                return
        _call(callback)

    def mark_sent(self) -> None:
        """Note that the place has given it out."""
        with self._condition:
            self.is_sent = True
            waiting, self._on_sent = self._on_sent, []
        _call(*waiting)

    def settle(
        self, state: State, error: BaseException | None = None, ancestor: Handle | None = None
    ) -> bool:
        """Note how it ended; only the first word counts. Says whether this was it."""
        with self._condition:
            if self.is_done:
                return False
            self.error, self.ended = error, time.time()
            self.trace = _trace_of(error)
            self.ancestor = self if state == "failed" else ancestor
            self.state = state
            self.needs = ()
            callbacks, self._callbacks = self._callbacks, []
            sent, self._on_sent = self._on_sent, []
            self._condition.notify_all()
        _call(*sent, *(partial(callback, self) for callback in callbacks))
        return True

    def settle_not_run(self, failed: Handle) -> None:
        """Note that it will not run because `failed` did not end well."""
        ancestor = failed.ancestor or failed
        self.settle("not run", not_run(self.name, ancestor), ancestor)

    def settle_cancelled(self) -> bool:
        """Note that nobody wants it any more; says whether it had not ended before."""
        return self.settle("cancelled", TaskCancelledError(f"{self.name} was cancelled"), self)


def _trace_of(error: BaseException | None) -> TracebackType | None:
    """Give the traceback from the author's code on; what is ours on the way there tells nobody anything."""
    if error is None:
        return None
    return authors_frames(error) or (None if isinstance(error, AgilabError) else error.__traceback__)


class _Calls(threading.local):
    """What this thread has still to call; None while it calls nothing."""

    waiting: deque[Callable[[], object]] | None = None


_calls = _Calls()


def _call(*callbacks: Callable[[], object]) -> None:
    """Call these one after another; those that come up meanwhile follow: long chains need no stack."""
    if _calls.waiting is not None:
        _calls.waiting.extend(callbacks)
        return
    _calls.waiting = deque(callbacks)
    try:
        while _calls.waiting:
            _calls.waiting.popleft()()
    finally:
        _calls.waiting = None


def not_run(name: str, ancestor: Handle) -> NotRunError:
    """Say why a call was not run: the one that failed, by its name, with its own exception as the cause."""
    cause = ancestor.error
    said = f"{type(cause).__name__}: {cause}" if cause is not None else "it did not end"
    error = NotRunError(f"{name} was not run: {ancestor.name} failed: {said}", ancestor=ancestor.name)
    error.__cause__ = cause
    return error
