"""Tracebacks of the author's code without the frames of ours that called it."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path
from types import TracebackType

_OURS = (f"{Path(__file__).parent}{os.sep}", "<frozen ")
_PYTHONS = f"{Path(os.__file__).parent}{os.sep}"
_INSTALLED = (f"{_PYTHONS}site-packages{os.sep}", f"{_PYTHONS}dist-packages{os.sep}")

STAGE_MODULE = "agilab_stage_"
"""How the names of modules begin that hold a stage's function; nobody wrote such a name."""

_MADE_UP_MODULES = re.compile(
    rf"^(?:{STAGE_MODULE}\w+|jupyter_agilab\.errors)\.(?=[\w.<>]+(?::|$))", re.MULTILINE
)


def authors_frames(error: BaseException) -> TracebackType | None:
    """Give the traceback from the first frame of the author's code on; None where it never got there.

    Python's own library is nobody's: what it raises when we call it is not the author's.
    """
    frame = error.__traceback__
    while frame is not None and not _is_authors(frame.tb_frame.f_code.co_filename):
        frame = frame.tb_next
    return frame


def _is_authors(filename: str) -> bool:
    if filename.startswith(_PYTHONS):
        return filename.startswith(_INSTALLED) and not filename.startswith(_OURS)
    return not filename.startswith(_OURS)


def authors_traceback(error: BaseException) -> traceback.TracebackException | None:
    """Give what to show of an exception of the author's code, with its causes; None where it is ours.

    An error of ours below the author's code, as of a reader that it loops over, ends with the author's
    last call.
    """
    frame = authors_frames(error)
    if frame is None:
        return None
    shown = traceback.TracebackException(type(error), error, frame)
    if type(error).__module__.startswith("jupyter_agilab."):
        ours = (place for place, call in enumerate(shown.stack) if call.filename.startswith(_OURS))
        del shown.stack[next(ours, len(shown.stack)) :]
    return shown


def text_of(shown: traceback.TracebackException) -> str:
    """Format a traceback; exceptions go by the names that the author gave them, without made-up modules."""
    return _MADE_UP_MODULES.sub("", "".join(shown.format()))
