"""``GET agilab/schema/…``: the JSON Schemas of the files that people write."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.server.handlers import AgilabHandler
from jupyter_agilab.server.schemas import Kind, schema_of


class SchemaRoute(AgilabHandler):
    """A JSON Schema."""

    async def on_get(self, kind: Kind) -> dict[str, Any]:
        """Give the schema of contracts, of ``clusters.toml`` or of workflows."""
        self.query()
        return await self.work(schema_of, kind)


ROUTES = ((r"schema/(contract|clusters|workflow)", SchemaRoute),)
