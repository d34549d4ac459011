"""``agilab/events``: what is new in the tree and with the runs, for every browser the same."""

from __future__ import annotations

import time
from typing import Any

from jupyter_agilab.server.sockets import AgilabSocket

_LOOK_S = 1.0


class EventsSocket(AgilabSocket):
    """Tells what `jupyter_agilab.server.watching.hub` finds.

    The client may ask for a look with ``{"type": "look"}``, once in a second: it knows of a file that was
    saved before anybody else.
    """

    most_message_bytes = 4096
    _looked = 0.0

    def on_open(self) -> None:
        """Listen."""
        self._hub = self.state.hub(self.root)
        self._hub.join(self)

    def on_gone(self) -> None:
        """Listen no more."""
        self._hub.leave(self)

    async def on_client(self, message: dict[str, Any]) -> None:
        """Look soon."""
        if message.get("type") == "look" and time.monotonic() - self._looked > _LOOK_S:
            self._looked = time.monotonic()
            self._hub.nudge()


ROUTES = ((r"events", EventsSocket),)
