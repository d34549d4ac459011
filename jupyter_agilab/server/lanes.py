"""Work that blocks, in a bounded number of threads; what cannot wait for its turn is refused."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from jupyter_agilab.server.refusals import BusyError

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Lane:
    """Threads for one kind of work.

    Parameters
    ----------
    threads
        How much is done at once.
    waiting
        How much more may wait; beyond that requests are refused.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"agilab-{name}")
        self._most = threads + waiting
        self._under_way = 0

    async def do(self, function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call a function in a thread and give what it gives.

        Raises
        ------
        BusyError
            Too much is waiting.
        """
        if self._under_way >= self._most:
            raise BusyError("the server is busy with other requests; try again in a moment")
        self._under_way += 1
        try:
            loop = asyncio.get_running_loop()
            future = loop.run_in_executor(self._pool, functools.partial(function, *args, **kwargs))
        except BaseException:
            self._under_way -= 1
            raise
        # a request that is gone goes on in its thread, and counts until it is done
        future.add_done_callback(self._is_done)
        return await asyncio.shield(future)

    def _is_done(self, future: asyncio.Future[_T]) -> None:
        self._under_way -= 1
        if not future.cancelled():
            # seen also where nobody waits for it any more
            future.exception()

    def close(self) -> None:
        """Take no more work; does not wait for what is under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)
