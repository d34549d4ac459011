"""A run's progress on stderr: one line that is written over, or now and then a line of its own."""

from __future__ import annotations

import sys
import time

from jupyter_agilab.cli.terminal import Terminal, encodable
from jupyter_agilab.panel.columns import columns_of, pad
from jupyter_agilab.panel.run_text import status_line
from jupyter_agilab.run.watch import RunStatus

FIRST_PERIOD_S, LAST_PERIOD_S = 5.0, 60.0
"""Seconds between plain lines: at first, and of a run that takes hours."""


class StatusLine:
    """A line on stderr that is written over; where that cannot be, one of its own now and then.

    Parameters
    ----------
    quiet
        Show nothing.
    """

    def __init__(self, terminal: Terminal, *, quiet: bool = False) -> None:
        self._terminal = terminal
        self._live = terminal.is_live and not quiet
        # a program that reads the document has no use for lines in its log
        self._plain = not self._live and not quiet and not terminal.as_json
        self._columns = 0
        self._told = time.monotonic()

    def close(self) -> None:
        """Leave the line; what is written next starts a new one."""
        if self._live and self._columns:
            sys.stderr.write("\n")
            sys.stderr.flush()
            self._columns = 0

    def _rewrite(self, line: str) -> None:
        # blanks cover what the last line had more; no escape codes, which not every terminal knows
        sys.stderr.write("\r" + encodable(pad(line, self._columns), sys.stderr))
        sys.stderr.flush()
        self._columns = columns_of(line)

    def _is_time(self, elapsed_s: float) -> bool:
        """Say whether a plain line is due, and count it as said; rarer the longer a run takes."""
        now = time.monotonic()
        if now - self._told < min(LAST_PERIOD_S, max(FIRST_PERIOD_S, elapsed_s / 20)):
            return False
        self._told = now
        return True


class Progress(StatusLine):
    """Shows each status of a stage's run, as often as a reader wants to see one."""

    def __call__(self, status: RunStatus) -> None:
        """Show a status, or pass it over."""
        if self._live:
            self._rewrite(status_line(status, self._terminal.message_width - 1))
        elif self._plain and not status.ended and self._is_time(status.elapsed_s):
            self._terminal.say(status_line(status, self._terminal.message_width))
