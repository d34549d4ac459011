"""Which partition a thread works for, and ``sys.stdout`` and ``sys.stderr`` that write to its log.

A thread that a partition starts, and a call that it hands to a `concurrent.futures.ThreadPoolExecutor`,
print for the partition that started them, also when the worker is at another one by then.
"""

from __future__ import annotations

import functools
import io
import os
import sys
import threading
from typing import Any, Protocol, TextIO

from jupyter_agilab.run.log_files import STDERR, STDOUT


class Log(Protocol):
    """What takes the output of a worker's partitions."""

    place: Place | None

    def write(self, place: Place, number: int, text: str) -> int:
        """Take text of a stream."""
        ...

    def write_bytes(self, place: Place, number: int, data: bytes) -> int:
        """Take bytes of a stream."""
        ...

    def flush(self, number: int) -> None:
        """Let what was taken reach the file."""
        ...

    def before_fork(self) -> None:
        """Get ready for this process being copied."""
        ...

    def after_fork(self) -> None:
        """Go on, in the original and in the copy."""
        ...


class Place:
    """A partition at work in some log: what a thread prints for."""

    __slots__ = ("attempt", "index", "log", "partition", "task", "warned")

    def __init__(self, log: Log, index: int | None, partition: str, task: int, attempt: int) -> None:
        self.log = log
        self.index = index
        self.partition = partition
        self.task = task
        self.attempt = attempt
        self.warned: Any = None


class _Local(threading.local):
    place: Place | None = None
    is_loading = False
    forking: Log | None = None


local = _Local()
"""Of each thread: ``place``, the partition that it works for; ``is_loading``, while it imports the module."""

streams: dict[int, _Routed] = {}
"""Ours, by number, once they are installed."""

through: dict[int, TextIO] = {}
"""Where threads that work for no partition print while a log has the descriptors."""

_STARTED_FOR = "_agilab_started_for"
_install_lock = threading.Lock()
_owner: Log | None = None
_patched: set[str] = set()


def place_here() -> Place | None:
    """Give the partition that the calling thread works for."""
    place = local.place
    if place is not None:
        return place
    started_for = getattr(threading.current_thread(), _STARTED_FOR, None)
    if isinstance(started_for, Place):
        local.place = started_for
        return started_for
    log: Log | None = started_for or _owner
    return log.place if log is not None else None


def own_strangers(log: Log | None) -> None:
    """Let threads of unknown origin print to the partition that `log` is at, or to none again."""
    global _owner  # noqa: PLW0603  # one for the process, as its descriptors are
    _owner = log


class _Routed(io.TextIOBase):
    """Stands in for ``sys.stdout``: text goes to the log of the calling thread's partition, else through."""

    def __init__(self, number: int, real: TextIO) -> None:
        self._number = number
        self.real = real
        self.buffer = _RoutedBytes(number, self)
        self.mode = "w"

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base class has a plain attribute
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]  # the base class has a plain attribute
        return "backslashreplace"

    @property
    def name(self) -> str:
        return "<stdout>" if self._number == STDOUT else "<stderr>"

    @property
    def line_buffering(self) -> bool:
        return True

    def reconfigure(self, **_: object) -> None:
        """Leave everything as it is: this is one stream for all partitions."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        place = local.place or place_here()
        if place is None:
            return self.outside().write(text)
        return place.log.write(place, self._number, text)

    def flush(self) -> None:
        place = place_here()
        if place is None:
            self.outside().flush()
        else:
            place.log.flush(self._number)

    def fileno(self) -> int:
        return self._number if through else self.real.fileno()

    def close(self) -> None:
        """Stay open: a partition cannot close it for the next one."""

    def outside(self) -> TextIO:
        """Give the stream for threads that work for no partition."""
        return through.get(self._number) or self.real


class _RoutedBytes(io.BufferedIOBase):
    """Stands in for ``sys.stdout.buffer``."""

    def __init__(self, number: int, text: _Routed) -> None:
        self._number = number
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        place = place_here()
        given = bytes(data)
        if place is None:
            outside = self._text.outside()
            outside.flush()
            written: int = getattr(outside, "buffer").write(given)  # noqa: B009  # not every stream has one
            return written
        return place.log.write_bytes(place, self._number, given)

    def flush(self) -> None:
        self._text.flush()

    def fileno(self) -> int:
        return self._text.fileno()

    def close(self) -> None:
        """Stay open, as the text stream does."""


def install() -> None:
    """Put our streams in place of what is there, and let threads inherit their partition."""
    with _install_lock:
        for number, name in ((STDOUT, "stdout"), (STDERR, "stderr")):
            # somebody may have put another stream in place since; wrap whatever is there now
            there = getattr(sys, name)
            if isinstance(there, _Routed):
                streams[number] = there
                continue
            routed = streams[number] = _Routed(number, there if there is not None else _nowhere())
            setattr(sys, name, routed)
            _rebind_handlers(there, routed)
        if "threads" not in _patched:
            _patched.add("threads")
            _inherit_in_threads()
            os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
        inherit_in_pools()


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  # as long as the process lives


def reinstate() -> None:
    """Put our streams back where a partition has left others in their place."""
    if sys.stdout is not streams[STDOUT]:
        sys.stdout = streams[STDOUT]
    if sys.stderr is not streams[STDERR]:
        sys.stderr = streams[STDERR]


def _rebind_handlers(old: TextIO | None, new: _Routed) -> None:
    """Let logging handlers that hold the stream which was there write to ours, which tells threads apart."""
    logging = sys.modules.get("logging")
    if logging is None or old is None:
        return
    loggers: list[Any] = [logging.root, *logging.root.manager.loggerDict.values()]
    for handler in {handler for logger in loggers for handler in getattr(logger, "handlers", ())}:
        if isinstance(handler, logging.StreamHandler) and handler.stream is old:
            handler.setStream(new)


def _before_fork() -> None:
    place = place_here()
    local.forking = place.log if place is not None else None
    if local.forking is not None:
        local.forking.before_fork()


def _after_fork() -> None:
    if local.forking is not None:
        local.forking.after_fork()
        local.forking = None


def _inherit_in_threads() -> None:
    original = threading.Thread.start

    @functools.wraps(original)
    def start(self: threading.Thread) -> None:
        place = place_here()
        if place is not None:
            # what a module starts while it is imported serves all partitions
            self.__dict__[_STARTED_FOR] = place.log if local.is_loading else place
        original(self)

    threading.Thread.start = start  # type: ignore[method-assign]  # on purpose


def inherit_in_pools() -> None:
    """Let calls that a partition hands to a thread pool print for it; done once pools have been imported."""
    thread_pool = sys.modules.get("concurrent.futures.thread")
    if thread_pool is None or "pools" in _patched:
        return
    _patched.add("pools")
    # its `run` leaves no frame of ours in the author's tracebacks
    item: Any = thread_pool._WorkItem
    original_init, original_run = item.__init__, item.run

    @functools.wraps(original_init)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original_init(self, *args, **kwargs)
        self.agilab_place = place_here()

    @functools.wraps(original_run)
    def run(self: Any, *args: Any, **kwargs: Any) -> None:
        before = local.place
        local.place = getattr(self, "agilab_place", None) or before
        try:
            original_run(self, *args, **kwargs)
        finally:
            local.place = before

    item.__init__, item.run = init, run
