"""The extension of Jupyter's server: what JupyterLab shows without a kernel, over HTTP and one WebSocket."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter's server what to load."""
    from jupyter_agilab.server.app import AgilabServer

    return [{"module": "jupyter_agilab.server.app", "app": AgilabServer}]
