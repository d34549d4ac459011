"""Tracebacks of the author's code without the frames of ours that called it."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from types import TracebackType

_OURS = (f"{Path(__file__).parent}{os.sep}", "<frozen importlib")


def authors_frames(error: BaseException) -> TracebackType | None:
    """Give the traceback from the first frame of the author's code on; None where it never got there."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename.startswith(_OURS):
        frame = frame.tb_next
    return frame


def authors_traceback(error: BaseException) -> traceback.TracebackException | None:
    """Give what to show of an exception of the author's code, with its causes; None where it is ours."""
    frame = authors_frames(error)
    return traceback.TracebackException(type(error), error, frame) if frame is not None else None
