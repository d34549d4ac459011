"""What a driver that waits is told: the directory of its run, and the lock of the stage."""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.threads_per_worker import thread_environment

WAITS = "-"
"""What the driver's command has in place of a run's directory: it will be told."""

MOST_LOCKS = 200
"""So many descriptors go with one message; Linux takes 253 (unix(7))."""

_LONGEST_MESSAGE = 1 << 16
_MOST_PRINTED = 1 << 20
_CLOSED_BY_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Orders:
    """The run to do; ``lock`` is a descriptor of the stage's lock, which is held, or None.

    ``more_locks`` are those of the stages of a workflow. ``created`` is when this process was started, in
    seconds since the epoch, where it was lent: its command does not name the run then.
    """

    run: RunDirectory
    lock: int | None = None
    created: float | None = None
    more_locks: tuple[int, ...] = ()


def ears() -> socket.socket:
    """Give what the orders come through; before anything is started that would have it too."""
    found = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return found


def wait_for_orders(listening: socket.socket) -> Orders | None:
    """Wait for what to run; None where nobody will tell any more.

    From then on this process has the threads for numerical libraries that it was told, and prints to the log
    of its run.
    """
    data, descriptors = b"", []
    with listening:
        while not data.endswith(b"\n"):
            try:
                part, more, _, _ = socket.recv_fds(listening, _LONGEST_MESSAGE, MOST_LOCKS, _CLOSED_BY_EXEC)
            except OSError:
                return None
            for descriptor in more:
                # what partitions start must not hold the lock
                os.set_inheritable(descriptor, False)
            descriptors += more
            if not part:
                return None
            data += part
    told = json.loads(data)
    run = RunDirectory(Path(told["run"]))
    if "environment" in told:
        _move_in(told["environment"], told["cwd"])
    os.environ.update(thread_environment(told["threads"]))
    # what was printed while it came up
    print_to(run, os.pread(1, _MOST_PRINTED, 0))
    first = descriptors[0] if descriptors else None
    return Orders(run, first, told.get("created"), tuple(descriptors[1:]))


def _move_in(environment: dict[str, str], folder: str) -> None:
    """Let a process that was lent be as if whoever has it now had started it."""
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    added = [each for each in environment.get("PYTHONPATH", "").split(os.pathsep) if each not in known]
    sys.path[:0] = [each for each in added if each not in sys.path]
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)


def print_to(run: RunDirectory, first: bytes = b"") -> None:
    """Let this process print to the log of a run's driver, something that it has to print `first`.

    Where there can be no log the work is done all the same.
    """
    with suppress(OSError):
        log = os.open(run.driver_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.close(log)
        os.write(1, first)
