"""Clusters that are being started: that may take minutes, so nobody waits for it in a request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from jupyter_agilab.errors import ClusterError

_AT_ONCE_S = 2.0


class Starts:
    """The starts that are under way."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[Path, str], asyncio.Task[None]] = {}

    async def begin(
        self,
        name: str,
        folder: Path,
        start: Callable[[], Awaitable[None]],
        then: Callable[[Exception | None], None],
    ) -> bool:
        """Begin a start and say whether it came to its end at once.

        Parameters
        ----------
        then
            Called at the end, where that did not come at once; with the error where there was one.

        Raises
        ------
        ClusterError
            It is being started already.
        Exception
            What went wrong at once.
        """
        key = (folder, name)
        if key in self._under_way:
            raise ClusterError(f"the cluster {name!r} is being started", hint="wait until it is there")
        task = self._under_way[key] = asyncio.ensure_future(_awaited(start))
        task.add_done_callback(lambda done: self._under_way.pop(key, None))
        finished, _ = await asyncio.wait({task}, timeout=_AT_ONCE_S)
        if finished:
            task.result()
            return True
        task.add_done_callback(lambda done: _tell(done, then))
        return False

    def close(self) -> None:
        """Wait for none of them."""
        for task in tuple(self._under_way.values()):
            task.cancel()


async def _awaited(start: Callable[[], Awaitable[None]]) -> None:
    await start()


def _tell(task: asyncio.Task[None], then: Callable[[Exception | None], None]) -> None:
    if not task.cancelled():
        error = task.exception()
        then(error if isinstance(error, Exception) else None)
