"""How far the staging of a table is, on one line of a terminal that is written over."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.partition.staged.progress import listening


@contextmanager
def staging_shown(terminal: Terminal) -> Iterator[None]:
    """Inside its ``with``, show it; where nothing can be written over, nothing is."""
    if not terminal.is_live:
        yield
        return
    longest = 0

    def show(source: str, share: float) -> None:
        nonlocal longest
        line = f"grouping {source}: {share:.0%}"[: terminal.message_width - 1]
        sys.stderr.write(f"\r{line.ljust(longest)}")
        sys.stderr.flush()
        longest = max(longest, len(line))

    try:
        with listening(show):
            yield
    finally:
        if longest:
            sys.stderr.write(f"\r{' ' * longest}\r")
            sys.stderr.flush()
