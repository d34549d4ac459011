"""The statuses of runs: a journal is read once, and then only what is new in it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from jupyter_agilab.run.driver_process import Standby
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.watch import RunStatus, RunWatch

_MOST = 256

_T = TypeVar("_T")


@dataclass(slots=True)
class _Watched:
    watch: RunWatch
    turn: threading.Lock


class Statuses:
    """Watches on runs that were asked for lately; may be used from several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._watched: OrderedDict[Path, _Watched] = OrderedDict()

    def read(self, run: RunDirectory, give: Callable[[RunStatus], _T]) -> _T:
        """Read what is new of a run and give what a function makes of its status.

        The status is one object that grows with the journal: nobody else reads on while the function looks.
        """
        with self._turn:
            # drivers that this process started and that have ended
            Standby.reap()
            watched = self._watched.get(run.path)
            if watched is None:
                watched = self._watched[run.path] = _Watched(RunWatch(run), threading.Lock())
            self._watched.move_to_end(run.path)
            while len(self._watched) > _MOST:
                self._watched.popitem(last=False)
        is_whole = False
        try:
            with watched.turn:
                status = watched.watch.refresh()
                given = give(status)
                # where a driver seems to be gone it may only have been too slow to say how it ended
                is_whole = status.state != "interrupted"
        finally:
            if not is_whole:
                # the journal is read from its beginning next time; of a damaged one a part was read
                with self._turn:
                    self._watched.pop(run.path, None)
        return given
