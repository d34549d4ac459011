"""``GET agilab/tree``: contracts, workflows, clusters and the last runs of the whole folder."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.server.handlers import AgilabHandler


class TreeRoute(AgilabHandler):
    """What the sidebar shows."""

    async def on_get(self) -> dict[str, Any]:
        """Give the tree; with ``since`` only whether it is as it was at that revision."""
        query = self.query("since")
        since = query.whole("since", -1, low=-1, high=2**53)  # milliseconds
        listing = await self.listing()
        if listing.revision == since:
            return {"revision": since, "unchanged": True}
        return listing.to_json()


ROUTES = ((r"tree", TreeRoute),)
