"""Borrow a driver that a keeper has waiting."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from jupyter_agilab.run.clusters.service.lend import ANSWER_BYTES, short_path, this_python
from jupyter_agilab.run.clusters.service.record import service_of
from jupyter_agilab.run.driver_process import Standby

_ANSWER_PATIENCE_S = 1.0


class OthersChild(subprocess.Popen[bytes]):
    """A process that somebody else started, as far as a `subprocess.Popen` that was started here is asked.

    Its exit code is not known; 0 stands for its end.
    """

    def __init__(self, pid: int) -> None:
        # nothing is started
        self.pid = pid
        self.returncode = None
        self.stdin = self.stdout = self.stderr = None
        self.args = []
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Give 0 when it has ended, None as long as it runs."""
        if self.returncode is None and select.select([self._descriptor], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        if self.returncode is None:
            if not select.select([self._descriptor], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._ended()
        return 0

    def kill(self) -> None:
        """End it at once."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def _ended(self) -> None:
        os.close(self._descriptor)
        self.returncode = 0

    def __del__(self) -> None:
        if self.returncode is None:
            with suppress(OSError, AttributeError):
                os.close(self._descriptor)


def borrowed_driver(name: str, folder: Path) -> Standby | None:
    """Give a driver of a cluster's keeper; None where there is none, or none that fits.

    It has come up in the keeper's environment and gets this process's with its run.
    """
    service = service_of(name, folder)
    if not hasattr(os, "pidfd_open") or not service.path.is_dir():
        return None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(_ANSWER_PATIENCE_S)
            with short_path(service.path) as path:
                asking.connect(path)
            data, descriptors, _, _ = socket.recv_fds(asking, ANSWER_BYTES, 1)
    except OSError:
        return None
    if not descriptors:
        return None
    ours = socket.socket(fileno=descriptors[0])
    try:
        told = json.loads(data)
        process, created = OthersChild(int(told.pop("pid"))), float(told.pop("created"))
    except (ValueError, KeyError, OSError):
        ours.close()
        return None
    if told != this_python():
        # it ends when nobody speaks to it any more
        ours.close()
        return None
    return Standby.lent(process, ours, created=created)
