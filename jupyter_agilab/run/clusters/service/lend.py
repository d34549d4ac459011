"""A keeper lends drivers: each run gets one that has come up already, with Dask imported.

Most of the time until a run's first partition goes into importing. The keeper has one driver waiting, and
hands its end of the conversation to whoever asks at a socket in the service's private folder; then it lets
the next one come up. Where there is no keeper, or it is of another Python, a run starts a driver of its own.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_agilab.run.driver_process import Standby

NAME = "drivers"
ANSWER_BYTES = 1 << 12


def this_python() -> dict[str, str]:
    """Give what a lent driver must have in common with who borrows it."""
    import sys

    return {"python": sys.executable, "package": str(Path(__file__).parents[3])}


@contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """Give a path of the socket that is short enough for one, however deep the folder lies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


class Lender:
    """Lends drivers from a thread of its own until `close`.

    Parameters
    ----------
    folder
        The service's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ears: socket.socket | None = None
        self._waiting: Standby | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        """Let the first driver come up, and listen; where that cannot be, nobody is lent any."""
        with suppress(OSError):
            ears = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with short_path(self._folder) as path:
                ears.bind(path)
                Path(path).chmod(0o600)
            ears.listen()
            self._ears = ears
            self._waiting = Standby(forks=False, uses_dask=True)
            threading.Thread(target=self._serve, daemon=True).start()

    def reap(self) -> None:
        """Take note of drivers that have ended, so that none of them seems to live."""
        with self._lock:
            Standby.reap()

    def close(self) -> None:
        """Stop lending; a driver that is under way goes on."""
        ears, self._ears = self._ears, None
        if ears is not None:
            with suppress(OSError):
                ears.shutdown(socket.SHUT_RDWR)
            ears.close()
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.end()

    def _serve(self) -> None:
        while (ears := self._ears) is not None:
            try:
                asking, _ = ears.accept()
            except OSError:
                return
            with asking, suppress(OSError):
                self._lend(asking)

    def _lend(self, asking: socket.socket) -> None:
        with self._lock:
            lent, self._waiting = self._waiting, None
            if lent is None:
                return
            pid = lent.process.pid
            told: dict[str, Any] = {**this_python(), "pid": pid, "created": _created(pid)}
            socket.send_fds(asking, [json.dumps(told).encode() + b"\n"], [lent.fileno()])
            # the borrower has both now
            lent.let_go()
            self._waiting = Standby(forks=False, uses_dask=True)


def _created(pid: int) -> float:
    import psutil

    started: float = psutil.Process(pid).create_time()
    return started
