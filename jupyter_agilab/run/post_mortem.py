"""A debugger that starts where the author's code failed: not in ours, and not in a library's."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

from jupyter_agilab.tracebacks import authors_frames


def authors_line(error: BaseException, code: Path) -> tuple[FrameType, int] | None:
    """Give the innermost frame of the author's modules in `code`, and its line; None where there is none."""
    found = None
    traceback = error.__traceback__
    while traceback is not None:
        if _is_in(traceback.tb_frame.f_code, code):
            found = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
    return found


def debug(error: BaseException, code: Path, debugger_class: type) -> None:
    """Open a debugger on an error; blocks until the reader leaves it.

    Parameters
    ----------
    error
        What the author's code raised.
    code
        The folder of the author's modules. The debugger starts at the innermost frame of theirs; frames of
        libraries are below it, ours are left out.
    debugger_class
        `pdb.Pdb` or a subclass.
    """
    frames = authors_frames(error)
    debugger = _placed(debugger_class, code)()
    debugger.reset()
    if frames is not None:
        debugger.botframe = frames.tb_frame
    takes_errors = sys.version_info >= (3, 13) or debugger_class.__module__.startswith("IPython.")
    # the debugger then also knows the errors that led to it
    debugger.interaction(None, error.with_traceback(frames) if takes_errors else frames)


def _placed(debugger_class: type, code: Path) -> Any:
    class Placed(debugger_class):  # type: ignore[misc]  # which class it is, the front end knows
        """Starts at the author's innermost line."""

        def get_stack(
            self, frame: FrameType | None, traceback: TracebackType | None
        ) -> tuple[list[tuple[FrameType, int]], int]:
            stack, place = super().get_stack(frame, traceback)
            own = [at for at, (each, _) in enumerate(stack) if _is_in(each.f_code, code)]
            return stack, own[-1] if own else place

    return Placed


def _is_in(code: CodeType, folder: Path) -> bool:
    return Path(code.co_filename).is_relative_to(folder)
