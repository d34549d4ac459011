"""What every place has: calls go in, handles come out, and it is active in a ``with`` block."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self

from jupyter_agilab.errors import ClaimError, PlaceClosedError, WaitTimeoutError
from jupyter_agilab.live.active import blocks, make_active, make_inactive
from jupyter_agilab.live.amounts import claims_text
from jupyter_agilab.live.calls import Call
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.places.window import Window


class Place(ABC):
    """Somewhere calls run: processes or threads of this machine, or the workers of a cluster.

    A place is active in a ``with`` block, or from `start` to `close`. It comes up when it is entered, or when
    it gets its first call. When a block ends well, what was started in it is waited for; when it ends with an
    exception, that is cancelled. Results go with the place: what is needed of them is to be fetched before.
    """

    kind: str
    """``threads``, ``pool`` or ``dask``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._gate = threading.RLock()
        self._is_open = False
        self._openings = 0
        self._entered = 0
        self._waiting: set[Handle] = set()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}, {'open' if self._is_open else 'not open'}>"

    @property
    def is_open(self) -> bool:
        """Whether it is up: calls run at once."""
        return self._is_open

    def start(self) -> Self:
        """Bring it up, and make it active for all cells and functions, until it is closed.

        Raises
        ------
        jupyter_agilab.errors.ClusterError
            It cannot be brought up; the cause in a sentence.
        """
        self.open()
        make_active(self)
        return self

    def open(self) -> None:
        """Bring it up where it is not."""
        with self._gate:
            if not self._is_open:
                self._openings += 1
                self._open()
                self._is_open = True

    def close(self, *, wait: bool = True) -> None:
        """Bring it down; blocks until it is.

        Parameters
        ----------
        wait
            Wait for what was started; otherwise that is cancelled.
        """
        make_inactive(self)
        if not self.is_open:
            return
        if wait:
            self.wait()
        with self._gate:
            was_open, self._is_open = self._is_open, False
            left = list(self._waiting) if was_open else []
            if not was_open:
                return
            try:
                for handle in left:
                    self.cancel(handle)
            finally:
                self._waiting.clear()
                self._close()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all that was started has ended, well or not; says whether it has."""
        from time import monotonic

        deadline = None if timeout_s is None else monotonic() + timeout_s
        while left := list(self._waiting):
            for handle in left:
                if not handle.wait(None if deadline is None else max(0.0, deadline - monotonic())):
                    return False
        return True

    def __enter__(self) -> Self:
        self.open()
        with self._gate:
            self._entered += 1
        blocks.set((*blocks.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._gate:
            self._entered -= 1
            is_last = not self._entered
        try:
            if is_last:
                self.close(wait=error is None)
        finally:
            # blocks of other threads and coroutines may have begun before and end after this one
            around = list(blocks.get())
            if self in around:
                del around[-1 - around[::-1].index(self)]
            blocks.set(tuple(around))

    def submit(self, call: Call, window: Window | None = None) -> Handle:
        """Have a call made as soon as what it needs is there; gives its handle at once.

        Parameters
        ----------
        window
            Holds it back while as many calls of the same window are under way as may be.

        Raises
        ------
        ClaimError
            It claims what the place does not have.
        PlaceClosedError
            It needs the result of another place, or of this one before it was closed.
        """
        self.open()
        needs = (*call.inputs, *call.after)
        for needed in needs:
            if needed.place is self and needed.opening != self._openings:
                raise self._gone(needed)
            if needed.place is not self:
                raise PlaceClosedError(
                    f"{call.name} needs the result of {needed.name}, which is at another place",
                    hint="fetch it there with get_result(), and pass the value",
                )
        self.refuse_unless_offered(call.name, call.claims)
        if call.time_limit_s is not None:
            self.refuse_too_long(call.name, call.time_limit_s)
        handle = Handle(call.name, self, needs, self._openings)
        with self._gate:
            self._waiting.add(handle)
        handle.on_done(self._waiting.discard)
        send = partial(self._send_if_wanted, handle, call)
        if window is not None:
            send = partial(window.enter, handle, send)
        _when_sent(needs, send)
        return handle

    def _send_if_wanted(self, handle: Handle, call: Call) -> None:
        failed = next((each for each in handle.needs if each.is_done and each.state != "finished"), None)
        if handle.is_done:
            return
        if failed is not None:
            handle.settle_not_run(failed)
            return
        try:
            self._send(handle, call)
        except Exception as error:  # noqa: BLE001  # whoever waits for it is to hear of it
            handle.settle("failed", error)
            return
        handle.mark_sent()

    def cancel(self, handle: Handle) -> None:
        """Take a call back; what has begun may go on to its end, and is forgotten."""
        # before the workers or the scheduler hear of it: they would call it failed
        if handle.settle_cancelled():
            self._cancel(handle)

    def refuse_unless_offered(self, name: str, claims: Mapping[str, float]) -> None:
        """Refuse claims that nothing here can ever meet.

        Raises
        ------
        ClaimError
            It names what is claimed, and what there is.
        """
        self.open()
        offers = self.offers()
        if not claims or any(
            all(offer.get(key, 0) >= amount for key, amount in claims.items()) for offer in offers.values()
        ):
            return
        best: dict[str, float] = {}
        for offer in offers.values():
            for key in claims:
                best[key] = max(best.get(key, 0), offer.get(key, 0))
        has = claims_text({key: amount for key, amount in best.items() if amount}) or "nothing of the kind"
        raise ClaimError(
            f"{name} claims {claims_text(claims)}; {self.described()} has {has}"
            + (" for one worker" if self.kind == "dask" else ""),
            hint="claim less, or take a place that has more; what a place of this machine has can be said: "
            'use_pool(resources={"gpus": 1})'
            if self.kind != "dask"
            else "claim less, or take a cluster whose workers have more",
        )

    def refuse_too_long(self, name: str, time_limit_s: float) -> None:
        """Refuse a call that may take longer than the place lasts.

        Raises
        ------
        ClaimError
            It names both times.
        """
        # most places last as long as this process
        return

    def described(self) -> str:
        """Name it in a sentence."""
        return f"the place {self.name!r}"

    def values_of(self, handles: Sequence[Handle]) -> list[Any]:
        """Fetch the values of calls that have ended well, in their order.

        Raises
        ------
        PlaceClosedError
            The place is closed, and they went with it.
        """
        for handle in handles:
            if not self._is_open or handle.opening != self._openings:
                raise self._gone(handle)
        return self._values_of(handles)

    def _gone(self, handle: Handle) -> PlaceClosedError:
        how = "was closed and opened again" if self._is_open else "is closed"
        return PlaceClosedError(
            f"the result of {handle.name} went with {self.described()}, which {how}",
            hint="ask for results before the `with` block ends, or keep the place open with its start()",
        )

    @abstractmethod
    def offers(self) -> Mapping[str, Mapping[str, float]]:
        """Give what can be claimed: name of a worker, or of the machine, to resource to amount."""

    @abstractmethod
    def new_worker(self, name: str, claims: Mapping[str, float]) -> str:
        """Give a worker that calls can be bound to: one of its own, or, on a cluster, one that is there."""

    @abstractmethod
    def give_back(self, worker: str) -> None:
        """Give a worker of `new_worker` back; nothing is bound to it any more."""

    @abstractmethod
    def has_worker(self, worker: str) -> bool:
        """Say whether a worker of `new_worker` is still there."""

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...

    @abstractmethod
    def _send(self, handle: Handle, call: Call) -> None: ...

    @abstractmethod
    def _cancel(self, handle: Handle) -> None: ...

    @abstractmethod
    def _values_of(self, handles: Sequence[Handle]) -> list[Any]: ...


def wait_for_all(handles: Sequence[Handle], timeout_s: float | None) -> None:
    """Wait until all have ended.

    Raises
    ------
    WaitTimeoutError
        They have not within the time, which is for all of them together.
    """
    from time import monotonic

    deadline = None if timeout_s is None else monotonic() + timeout_s
    for handle in handles:
        if not handle.wait(None if deadline is None else max(0.0, deadline - monotonic())):
            raise WaitTimeoutError(
                f"{handle.name} has not ended within {timeout_s:g} s", hint="it goes on; ask again later"
            )


def _when_sent(needs: Sequence[Handle], send: Any) -> None:
    """Call `send` once all that a call needs was given out; at once where it was."""
    left = [each for each in needs if not each.is_sent and not each.is_done]
    if not left:
        send()
        return
    left[0].on_sent(partial(_when_sent, left[1:], send))
