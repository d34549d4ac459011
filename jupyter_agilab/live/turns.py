"""Whose turn it is at the replicas of a group: first come, first served."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Replica:
    """One process of a group; ``worker`` is where it is, ``key`` names its state there."""

    group: str
    number: int
    worker: str
    key: str

    @property
    def name(self) -> str:
        """The group's name, with the replica's number."""
        return f"{self.group}[{self.number}]"


@dataclass(slots=True, eq=False)
class _Waiter:
    future: asyncio.Future[Replica]
    loop: asyncio.AbstractEventLoop
    wanted: Replica | None


class Turns:
    """Lets as many jobs at a group as it has replicas; for coroutines of any event loop, from any thread."""

    def __init__(self, replicas: Sequence[Replica]) -> None:
        self._lock = threading.Lock()
        self._free = deque(replicas)
        self._waiting: deque[_Waiter] = deque()

    async def take(self, wanted: Replica | None = None) -> Replica:
        """Wait for a free replica, or for `wanted`, the one that the job was at before."""
        loop = asyncio.get_running_loop()
        waiter = _Waiter(loop.create_future(), loop, wanted)
        with self._lock:
            self._waiting.append(waiter)
        self._serve()
        try:
            return await waiter.future
        except asyncio.CancelledError:
            with self._lock:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)
            if waiter.future.done() and not waiter.future.cancelled():
                self.give_back(waiter.future.result())
            raise

    def give_back(self, replica: Replica) -> None:
        """Let the next one have it."""
        with self._lock:
            self._free.append(replica)
        self._serve()

    def _serve(self) -> None:
        with self._lock:
            for waiter in list(self._waiting):
                found = (
                    waiter.wanted
                    if waiter.wanted in self._free
                    else self._free[0]
                    if waiter.wanted is None and self._free
                    else None
                )
                if found is None:
                    continue
                self._free.remove(found)
                self._waiting.remove(waiter)
                waiter.loop.call_soon_threadsafe(self._tell, waiter, found)

    def _tell(self, waiter: _Waiter, replica: Replica) -> None:
        if waiter.future.done():
            # cancelled meanwhile
            self.give_back(replica)
        else:
            waiter.future.set_result(replica)
