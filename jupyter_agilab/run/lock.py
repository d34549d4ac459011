"""One run of a stage at a time: a lock that its driver holds, and that ends with the driver.

Whoever tidies up takes the same lock, shared: any number of them may, none while a driver holds it. A driver
that starts waits the moment until they are through; nobody mistakes them for a run.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

_held: set[StageLock] = set()


def _let_go_in_child() -> None:
    """Drop what a forked child got of its parent's locks: only the driver's end decides."""
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_let_go_in_child)


class StageLock:
    """A lock on a file. The file stays when the lock is let go; only the lock means anything."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @classmethod
    def held(cls, path: Path, descriptor: int) -> StageLock:
        """Give the lock of which another process gave us its descriptor, held."""
        lock = cls(path)
        lock._descriptor = descriptor
        _held.add(lock)
        return lock

    @property
    def descriptor(self) -> int:
        """What holds the lock; whoever gets it holds it too, until all copies are closed.

        Raises
        ------
        ValueError
            It is not held.
        """
        if self._descriptor is None:
            raise ValueError("the lock is not held")
        return self._descriptor

    def acquire(self, *, shared: bool = False) -> bool:
        """Take the lock if it is free; does not wait. Says whether it was taken.

        Parameters
        ----------
        shared
            Take it together with others who want it shared, to keep drivers away for a moment.

        Raises
        ------
        OSError
            The file cannot be made, or its file system does not lock.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _held.add(self)
        return True

    def release(self) -> None:
        """Let the lock go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _held.discard(self)

    def is_free(self) -> bool:
        """Say whether no driver holds the lock now.

        Raises
        ------
        OSError
            As `acquire`.
        """
        if not os.path.lexists(self.path):
            return True
        probe = StageLock(self.path)
        free = probe.acquire(shared=True)
        probe.release()
        return free

    def __enter__(self) -> StageLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
