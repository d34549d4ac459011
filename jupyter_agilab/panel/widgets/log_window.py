"""The newest lines of a run's logs for the view: asked for by number, and never more than a little."""

from __future__ import annotations

from collections import deque
from typing import Any

from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.run.log_tail import LogFollower

_KEPT_LINES = 500
_LINE_CHARACTERS = 400
_LOOK_BYTES = 1 << 16


class LogWindow:
    """The log of a run, from when it was first asked for; lines are numbered from 1."""

    def __init__(self, data: StageData) -> None:
        self._follower = LogFollower(data.run.run, _LOOK_BYTES) if data.run is not None else None
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._count = 0

    def after(self, number: int) -> dict[str, Any]:
        """Answer a request: the lines behind line `number`, of the last ones."""
        if self._follower is not None:
            for line in self._follower.poll():
                who = "" if line.index is None else f"[{line.index}] "
                self._lines.append(f"{who}{line.text[:_LINE_CHARACTERS]}")
                self._count += 1
        fresh = min(len(self._lines), max(0, self._count - max(0, number)))
        shown = list(self._lines)[len(self._lines) - fresh :]
        return {"text": "\n".join(shown), "next": self._count}
