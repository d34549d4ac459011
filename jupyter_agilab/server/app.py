"""Wiring: what Jupyter's server loads, and what of it can be configured."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp

from jupyter_agilab.server.handlers import NoRoute
from jupyter_agilab.server.routes import BASE, all_routes
from jupyter_agilab.server.state import SETTING, ServerState


class AgilabServer(ExtensionApp):
    """The extension of Jupyter's server."""

    name = "jupyter_agilab"
    load_other_extensions = True

    def initialize_settings(self) -> None:
        """Make what all requests share."""
        self.state = ServerState()
        self.settings[SETTING] = self.state

    def initialize_handlers(self) -> None:
        """Add the routes; what is below our address and is no route says so in our form."""
        for pattern, handler in all_routes():
            self.handlers.append((rf"/{BASE}/{pattern}", handler))
        self.handlers.append((rf"/{BASE}(?:/.*)?", NoRoute))

    async def stop_extension(self) -> None:
        """End what runs in the background."""
        self.state.close()
