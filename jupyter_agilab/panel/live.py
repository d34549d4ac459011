"""A display that is updated in place: in a notebook by its id, in a terminal by writing over one line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from jupyter_agilab.panel.run_text import status_line
from jupyter_agilab.panel.view import View
from jupyter_agilab.run.watch import RunStatus

PERIOD_S = 0.25
"""Shortest time between two updates: nobody reads faster, and each one is sent to the browser."""


class LiveView:
    """Shows a run as it goes on. In a notebook the last state stays; in a terminal it is printed in full.

    Parameters
    ----------
    shell
        The running IPython shell; one with a kernel is a notebook.
    """

    def __init__(self, shell: Any) -> None:
        self._in_notebook = getattr(shell, "kernel", None) is not None
        self._handle: Any = None
        self._last: View | None = None
        self._shown_at = float("-inf")
        self._line_is_open = False

    def show(self, view: View, status: RunStatus) -> None:
        """Show a state, unless one was shown a moment ago; the state in which a run ends is always shown."""
        self.show_state(view, ended=status.ended, line=lambda: status_line(status))

    def show_state(self, view: View, *, ended: bool, line: Callable[[], str]) -> None:
        """Do the same for what is not the run of one stage; `line` is what a terminal shows meanwhile."""
        self._last = view
        if not ended and time.monotonic() - self._shown_at < PERIOD_S:
            return
        self._shown_at = time.monotonic()
        if self._in_notebook:
            self._update(view)
        elif not ended and sys.stdout.isatty():
            sys.stdout.write(f"\r\x1b[K{line()}")
            sys.stdout.flush()
            self._line_is_open = True

    def close(self, view: View | None = None) -> None:
        """Leave the last state for good, or `view` in its place."""
        self._last = view or self._last
        if self._line_is_open:
            sys.stdout.write("\r\x1b[K")
            self._line_is_open = False
        if self._last is None:
            return
        if self._in_notebook:
            self._update(self._last)
        else:
            sys.stdout.write(f"{self._last.text()}\n")
            sys.stdout.flush()

    def _update(self, view: View) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(view, display_id=True)
        else:
            self._handle.update(view)
