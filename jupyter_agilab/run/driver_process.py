"""The driver's process: started before anybody knows what it will run, so that it comes up meanwhile.

It waits on a socket for the directory of its run, and with it gets the lock of the stage. Where nothing
comes, because planning failed or whoever started it is gone, the socket ends and so does it.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from jupyter_agilab.run.layout import RunDirectory, new_run_id
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.orders import WAITS

_END_PATIENCE_S = 10.0
S = TypeVar("S")

_MOST_PRINTED = 1 << 20
_drivers: list[subprocess.Popen[bytes]] = []
_words: dict[int, tuple[int, Path]] = {}
"""What drivers printed before they had a log, and where that is to be."""


@atexit.register
def _leave_drivers() -> None:
    """Let drivers run on when this process ends, without Python's warning that they still do."""
    for driver in _drivers:
        driver.returncode = driver.poll() or 0


class Standby:
    """A driver that comes up and waits for its run. Leaving its ``with`` without `begin` ends it.

    It has a session of its own: it outlives the terminal, the kernel and the browser.

    Parameters
    ----------
    forks
        Whether its workers will come from a fork server, which can then come up beside it.
    uses_dask
        Whether its workers will be Dask's, whose library it can then import meanwhile.
    package
        The package whose ``__main__`` is the driver.

    Attributes
    ----------
    run_id
        The id of the run that it is for: it is in its command, by which it is known.
    """

    def __init__(self, *, forks: bool, uses_dask: bool = False, package: str = "jupyter_agilab.run") -> None:
        # those that still run must not be complained about
        self.reap()
        self.run_id = new_run_id()
        self._created: float | None = None
        self._ours, theirs = socket.socketpair()
        self._log = _nameless_file()
        # -P: a file of the user's named like a module of Python's must not be imported in its place
        command = [sys.executable, "-P", "-m", package, WAITS, self.run_id]
        with theirs:
            self.process = subprocess.Popen(
                [*command, *(["forks"] if forks else []), *(["dask"] if uses_dask else [])],
                stdin=theirs.fileno(),
                stdout=self._log,
                stderr=self._log,
                start_new_session=True,
                env=driver_environment(),
            )
        _drivers.append(self.process)

    @classmethod
    def lent(cls, process: subprocess.Popen[bytes], ours: socket.socket, *, created: float) -> Standby:
        """Give a driver that another process started and lets us have.

        It is known by when it was started, in seconds since the epoch, and gets our environment with its run.
        """
        made = cls.__new__(cls)
        made.run_id, made._ours, made._log = new_run_id(), ours, _nameless_file()
        made.process, made._created = process, created
        return made

    @staticmethod
    def reap() -> None:
        """Take note of the drivers of this process that have ended."""
        for driver in _drivers.copy():
            if driver.poll() is not None:
                keep_last_words(driver)
                with suppress(ValueError):
                    # another thread may have been faster
                    _drivers.remove(driver)

    def fileno(self) -> int:
        """Give the descriptor by which it is told what to run."""
        return self._ours.fileno()

    def let_go(self) -> None:
        """Leave it to whoever has its descriptor too."""
        self._close()

    def begin(self, run: RunDirectory, threads: int, *locks: StageLock) -> subprocess.Popen[bytes]:
        """Let it run; the locks are its own from now on.

        A driver that could not even come up leaves what it printed in the run's ``driver.log``.

        Parameters
        ----------
        threads
            For numerical libraries.
        """
        told: dict[str, Any] = {"run": str(run.path), "threads": threads}
        if self._created is not None:
            told |= {"created": self._created, "environment": driver_environment(), "cwd": str(Path.cwd())}
        message = json.dumps(told).encode() + b"\n"
        try:
            socket.send_fds(self._ours, [message], [lock.descriptor for lock in locks])
        except OSError:
            # it is gone: whoever watches the run will see that, and read why
            with suppress(OSError, subprocess.TimeoutExpired):
                self.process.wait(_END_PATIENCE_S)
        # it may still die before it hears that
        _words[self.process.pid] = os.dup(self._log), run.driver_log
        self._close()
        for lock in locks:
            lock.release()
        return self.process

    def end(self) -> None:
        """End it where it still waits; blocks until it is gone."""
        if self._log < 0:
            return
        self._close()
        try:
            self.process.wait(_END_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Standby:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def _close(self) -> None:
        self._ours.close()
        os.close(self._log)
        self._log = -1


def keep_last_words(driver: subprocess.Popen[bytes]) -> None:
    """Write what a driver printed to the log of its run, where it ended before it knew that."""
    log, path = _words.pop(driver.pid, (-1, Path()))
    if log < 0:
        return
    with suppress(OSError):
        words = os.pread(log, _MOST_PRINTED, 0)
        if words and path.parent.is_dir() and not path.exists():
            path.write_bytes(words)
    os.close(log)


def _nameless_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("driver.log")
    from tempfile import TemporaryFile

    with TemporaryFile() as file:
        return os.dup(file.fileno())


def driver_environment(threads: int | None = None) -> dict[str, str]:
    """Give the environment of a driver: ours, unbuffered, with threads for numerical libraries if known."""
    env = dict(os.environ)
    if threads is not None:
        from jupyter_agilab.run.threads_per_worker import thread_environment

        env |= thread_environment(threads)
    # what C code and other programs print must be in the log also when their process dies
    env.setdefault("PYTHONUNBUFFERED", "1")
    package_root = str(Path(__file__).parents[2])
    if package_root not in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        # the driver must be this very version, also where the package is not installed
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [package_root, env.get("PYTHONPATH", "")]))
    return env


def follow(
    look: Callable[[], S],
    has_ended: Callable[[S], bool],
    driver: subprocess.Popen[bytes] | None,
    *,
    timeout_s: float | None,
    period_s: float,
) -> S:
    """Look again and again until a run has ended, or for `timeout_s`; give what was seen last.

    A driver of this process has then ended too: it says its last word first, and frees its stages as it ends.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    # short at first: many runs are
    step_s = 0.01
    while True:
        seen = look()
        ended = has_ended(seen)
        if ended and driver is not None:
            driver.wait()
        if ended or (deadline is not None and time.monotonic() > deadline):
            return seen
        _pause(step_s, driver)
        step_s = min(step_s * 1.5, period_s)


def _pause(seconds: float, driver: subprocess.Popen[bytes] | None) -> None:
    """Wait so long, or until the driver ends."""
    if driver is None or driver.poll() is not None:
        time.sleep(seconds if driver is None else 0)
        return
    if hasattr(os, "pidfd_open"):
        # `Popen.wait` looks 20 times a second only
        descriptor = os.pidfd_open(driver.pid)
        try:
            select.select([descriptor], [], [], seconds)
        finally:
            os.close(descriptor)
        return
    with suppress(subprocess.TimeoutExpired):
        driver.wait(seconds)
