"""The guardian: when a driver is gone, however it went, nothing that it started is left.

A driver leads a process group of its own, which holds its workers and what their partitions start. The
guardian is a shell in that group. It waits for the end of a pipe that only the driver has open, and then
ends the whole group, itself included. The kernel closes the pipe also when the driver is killed, and the
guardian needs nothing from a worker: one that is stuck in foreign code with the interpreter's lock held ends
all the same.
"""

from __future__ import annotations

import os
import tempfile

_SCRIPT = 'trap "" HUP INT TERM; read -r _; rm -rf -- "$1"; kill -KILL 0'


def start_guardian() -> str:
    """Make this process the leader of its group, with a guardian in it.

    Returns
    -------
    str
        A temporary folder that is removed when this process is gone.
    """
    if os.getpgrp() != os.getpid():
        os.setsid()
    folder = tempfile.mkdtemp(prefix="agilab-run-")
    ears, mouth = os.pipe()
    os.posix_spawn(
        "/bin/sh",
        ["/bin/sh", "-c", _SCRIPT, "agilab-guardian", folder],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, ears, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    os.close(ears)
    # a copy of this process that a partition forks must not keep the pipe open
    os.register_at_fork(after_in_child=lambda: os.close(mouth))
    return folder
