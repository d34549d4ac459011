"""What is told of a partition whose function raised: the author's own exception, whole."""

from __future__ import annotations

import os
import re
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jupyter_agilab.partition.types import Partition
from jupyter_agilab.private_folder import PREFIX
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.types import Failure, StageSpec
from jupyter_agilab.tracebacks import authors_frames, authors_traceback, text_of

# a library may put a whole table into an exception's text
_MESSAGE_CHARACTERS = 100_000
_LINE_CHARACTERS = 500
_MODULE_LINES = 50


def failure_of(
    error: BaseException, partition: Partition, worker: str, attempt: int, spec: StageSpec
) -> Failure:
    """Describe the author's exception, with its traceback from the author's function on and its causes.

    Frozen modules go by the names that the author knows: ``stages/clean.py``, not the run's copy of it.
    Whatever is wrong with the exception itself (a text that raises, notes that are none), it is described.
    """
    code = code_folders(spec)
    lines = _module_lines(error, code, spec.entry)
    return Failure(
        index=partition.index,
        partition=partition.id,
        described=partition.describe(),
        error_type=type(error).__name__,
        message=_message_of(error),
        traceback=_cut(code.sub("", traceback_of(error))),
        worker=worker,
        attempt=attempt,
        **place_of(lines, spec),
    )


def place_of(lines: tuple[int, ...], spec: StageSpec) -> dict[str, Any]:
    """Give the fields of a `Failure` that say where it is: in the module, in the notebook's cell."""
    text = spec.sources.get(spec.entry, "")
    return {
        "module_lines": lines,
        "cell_line": _cell_line(text, lines) if spec.has_typed_lines else None,
        "notebook": spec.notebook,
        "cell": spec.cell,
        "source_line": _source_line(text, lines[-1]) if lines else "",
    }


def traceback_of(error: BaseException) -> str:
    """Give the text of an exception from the author's function on; empty where it never got there."""
    try:
        shown = authors_traceback(error)
        if shown is None and isinstance(error, SyntaxError):
            # it says itself where it is
            shown = traceback.TracebackException(type(error), error, None)
        return text_of(shown) if shown is not None else ""
    except Exception:  # noqa: BLE001  # an exception may have any attributes, such as notes that raise
        frames = "".join(traceback.format_tb(authors_frames(error)))
        told = f"{type(error).__name__}: {_message_of(error)}"
        return f"Traceback (most recent call last):\n{frames}{told}\n" if frames else ""


def code_folders(spec: StageSpec) -> re.Pattern[str]:
    """Match the folder that a worker loads the code from: the run's, else its own copy of it."""
    run = f"{RunDirectory(Path(spec.run_dir)).code}{os.sep}"
    copy = f"{Path(tempfile.gettempdir()) / PREFIX}"
    return re.compile(rf"{re.escape(run)}|{re.escape(copy)}\w+{re.escape(os.sep)}")


def _module_lines(error: BaseException, code: re.Pattern[str], entry: str) -> tuple[int, ...]:
    """Give the lines of the stage's module on the way to the error; of a recursion the two ends."""
    lines: list[int] = []
    frame = authors_frames(error)
    while frame is not None:
        name = frame.tb_frame.f_code.co_filename
        if (found := code.match(name)) and name[found.end() :] == entry and lines[-1:] != [frame.tb_lineno]:
            lines.append(frame.tb_lineno)
        frame = frame.tb_next
    if len(lines) > 2 * _MODULE_LINES:
        lines[_MODULE_LINES:-_MODULE_LINES] = []
    return tuple(lines)


def _cell_line(text: str, module_lines: Sequence[int]) -> int | None:
    """Give the innermost of a module's lines that stands in the notebook's cell, as the cell's line."""
    from jupyter_agilab.extract.line_map import cell_line

    lines: Iterable[int | None] = (cell_line(text, line) for line in reversed(module_lines))
    return next((line for line in lines if line is not None), None)


def _source_line(text: str, line: int) -> str:
    lines = text.split("\n")
    return lines[line - 1].strip()[:_LINE_CHARACTERS] if line <= len(lines) else ""


def _message_of(error: BaseException) -> str:
    try:
        return _cut(str(error))
    except BaseException:  # noqa: BLE001  # an exception whose own text fails is still to be reported
        return "(its message cannot be shown)"


def _cut(text: str) -> str:
    if len(text) <= _MESSAGE_CHARACTERS:
        return text
    half = _MESSAGE_CHARACTERS // 2
    return f"{text[:half]}\n... {len(text) - 2 * half:,} characters left out ...\n{text[-half:]}"
