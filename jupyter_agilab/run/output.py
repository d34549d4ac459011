"""What a partition prints goes to that partition's log, also when many run in threads of one process."""

from __future__ import annotations

import io
import json
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

_current = threading.local()
_install_lock = threading.Lock()
_FLUSH_CHARACTERS = 1 << 16


class TaskLog:
    """The log of one task: JSON lines of ``index, partition, stream, text``; made when needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None
        self._pending: list[str] = []
        self._stream = "stdout"
        self._size = 0
        self._place: dict[str, Any] = {}
        self._error: OSError | None = None

    def start(self, index: int, partition: str) -> None:
        """Say whose output comes now."""
        if self._pending:
            self.flush()
        self._place = {"index": index, "partition": partition}

    def write(self, stream: str, text: str) -> None:
        """Take some output."""
        if stream != self._stream or self._size > _FLUSH_CHARACTERS:
            self.flush()
            self._stream = stream
        self._pending.append(text)
        self._size += len(text)

    def flush(self) -> None:
        """Write what is pending to the file."""
        if not self._pending:
            return
        record = {**self._place, "stream": self._stream, "text": "".join(self._pending)}
        self._pending.clear()
        self._size = 0
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("a", encoding="utf-8", errors="backslashreplace")
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            # not the author's, who only printed: told when the log is closed
            self._error = error

    def close(self) -> None:
        """Flush and close.

        Raises
        ------
        OSError
            Something that was printed could not be written (disk full, directory gone).
        """
        self.flush()
        file, self._file = self._file, None
        if file is not None:
            file.close()
        if self._error is not None:
            raise self._error

    def abandon(self) -> None:
        """Close as far as that goes; nothing after `close`."""
        with suppress(OSError):
            self.close()


class _Routed(io.TextIOBase):
    """Stands in for ``sys.stdout``: text goes to the log of the calling thread's task, else through."""

    def __init__(self, name: str, real: TextIO) -> None:
        self._name = name
        self.real = real

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base class has a plain attribute
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        log: TaskLog | None = getattr(_current, "log", None)
        if log is None:
            return self.real.write(text)
        log.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        if getattr(_current, "log", None) is None:
            self.real.flush()

    def fileno(self) -> int:
        return self.real.fileno()


class routed_to:  # noqa: N801  # reads as a statement: `with routed_to(log):`
    """Send what this thread prints to `log` while the block runs."""

    def __init__(self, log: TaskLog) -> None:
        self._log = log

    def __enter__(self) -> None:
        _install()
        _current.log = self._log

    def __exit__(self, *_: object) -> None:
        _current.log = None


def _install() -> None:
    with _install_lock:
        # somebody may have put another stream in place since; wrap whatever is there now
        if not isinstance(sys.stdout, _Routed):
            sys.stdout = _Routed("stdout", sys.stdout)
        if not isinstance(sys.stderr, _Routed):
            sys.stderr = _Routed("stderr", sys.stderr)
