"""The statuses of runs: a journal is read once, and then only what is new in it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.run.driver_process import Standby
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.watch import RunStatus, RunWatch

_MOST = 256


@dataclass(slots=True)
class _Watched:
    watch: RunWatch
    turn: threading.Lock


class Statuses:
    """Watches on runs that were asked for lately; may be used from several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._watched: OrderedDict[Path, _Watched] = OrderedDict()

    def of(self, run: RunDirectory) -> RunStatus:
        """Read what is new and give the status; it must not be changed."""
        with self._turn:
            # drivers that this process started and that have ended
            Standby.reap()
            watched = self._watched.get(run.path)
            if watched is None:
                watched = self._watched[run.path] = _Watched(RunWatch(run), threading.Lock())
            self._watched.move_to_end(run.path)
            while len(self._watched) > _MOST:
                self._watched.popitem(last=False)
        with watched.turn:
            status = watched.watch.refresh()
        if status.state == "interrupted":
            # its driver may only have been too slow to say so: look anew next time
            self.forget(run)
        return status

    def forget(self, run: RunDirectory) -> None:
        """Read a run's journal from its beginning next time."""
        with self._turn:
            self._watched.pop(run.path, None)
