"""Where a worker is stuck: asked with a signal, answered by `faulthandler` without the interpreter's lock."""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_agilab.run.layout import RunDirectory

Frame = tuple[str, int, str]
"""File, line and function."""

_ASKED_BY = signal.SIGUSR2
_ENTRY = os.path.join("jupyter_agilab", "run", "work.py")  # noqa: PTH118  # compared with text
_PATIENCE_S = 0.5
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$')
_answers: dict[str, Any] = {}


def answer_where(run: RunDirectory) -> None:
    """Let this process tell where its threads are when it is asked; a worker calls this as it starts."""
    path = _path(run, os.getpid())
    if str(path) in _answers:
        return
    path.parent.mkdir(exist_ok=True)
    # kept open, since the answer is written where no file can be opened any more
    file = path.open("wb")
    with suppress(ValueError):
        faulthandler.register(_ASKED_BY, file, all_threads=True)
    _answers.clear()
    _answers[str(path)] = file


def ask_where(run: RunDirectory, pid: int) -> list[Frame]:
    """Ask a worker process of this machine where it is in a partition; blocks for half a second at most.

    Returns
    -------
    list of Frame
        From the worker's task inwards; empty where it does not answer, or runs several tasks at once.
    """
    path = _path(run, pid)
    if not path.exists():
        return []
    deadline = time.monotonic() + _PATIENCE_S
    try:
        os.kill(pid, _ASKED_BY)
        text, before = "", None
        # it is all there when it grows no more
        while time.monotonic() < deadline and (not text or text != before):
            time.sleep(0.03)
            before, text = text, path.read_text("utf-8", "replace")
    except OSError:
        return []
    return stack_in(text)


def stack_in(text: str) -> list[Frame]:
    """Find the stack of the one thread that runs a task in what `faulthandler` wrote, outermost first."""
    found = []
    for block in re.split(r"\n\n|^(?=Thread |Current thread )", text, flags=re.MULTILINE):
        frames = [
            (match[1], int(match[2]), match[3])
            for line in block.splitlines()
            if (match := _FRAME.match(line))
        ]
        for place, (file, _, function) in enumerate(frames):
            if function == "run_task" and file.endswith(_ENTRY):
                found.append(frames[:place][::-1])
    return found[0] if len(found) == 1 else []


def stack_of_thread(thread: threading.Thread) -> list[Frame]:
    """Give where a thread of this process is in a partition, outermost first."""
    import sys

    frame = sys._current_frames().get(thread.ident or 0)
    frames: list[Frame] = []
    while frame is not None:
        code = frame.f_code
        if code.co_name == "run_task" and code.co_filename.endswith(_ENTRY):
            return frames[::-1]
        frames.append((code.co_filename, frame.f_lineno, code.co_name))
        frame = frame.f_back
    return []


def _path(run: RunDirectory, pid: int) -> Path:
    return run.notes / f"{pid}.trace"
