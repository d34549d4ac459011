"""What asks a driver to stop (a signal, or a file in the run's directory), and its end where it does not."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_POLL_S = 0.1
# what a driver has to stop by itself, before it is ended where it is
_PATIENCE_S = 1.2
GRACE_S = 10.0
"""What the author's code has, where a driver lets it end what it began: the ``teardown`` of groups."""


class Stopped(BaseException):  # no error; not an Exception, since a reducer may catch those
    """The run was asked to stop."""


class StopRequest:
    """Whether somebody asked this run to stop; cheap to ask often."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked = False
        self._looked = 0.0
        self._grace_ends = 0.0
        self.interrupts = False

    def ask(self, *_: Any) -> None:
        """Ask; serves as a signal handler, which raises `Stopped` where it is while `interrupts` is set."""
        self._asked = True
        if self.interrupts:
            self.interrupts = False
            raise Stopped

    def give_grace(self) -> None:
        """Let `end_when_stuck` wait for `GRACE_S` more from now on."""
        self._grace_ends = time.monotonic() + GRACE_S + _PATIENCE_S

    def has_grace(self) -> bool:
        """Say whether the driver may take its time."""
        return time.monotonic() < self._grace_ends

    def __call__(self) -> bool:  # noqa: D102  # the class says it
        now = time.monotonic()
        if not self._asked and now - self._looked > _POLL_S:
            self._looked = now
            self._asked = self._path.exists()
        return self._asked


def end_when_stuck(stop: StopRequest, tell: Callable[[], None]) -> None:
    """End this process when it was asked to stop and does not: it starts a cluster, or a reducer computes.

    Returns at once. `tell` is called before the end; what it cannot do must not keep the end from coming.
    """

    def wait() -> None:
        while not stop():
            time.sleep(_POLL_S)
        time.sleep(_PATIENCE_S)
        while stop.has_grace():
            time.sleep(_POLL_S)
        try:
            tell()
        finally:
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
