"""The routes: one file for each subject.

A module has ``ROUTES``: pairs of a pattern, below ``agilab/``, and its handler.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_agilab.server.channels import events, view
from jupyter_agilab.server.routes import (
    cell,
    clusters,
    document,
    migrate,
    report,
    run,
    runs,
    schema,
    tree,
    workflow,
)

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler

BASE = "agilab"

MODULES = (tree, runs, run, report, events, clusters, schema, workflow, cell, migrate, document, view)


def all_routes() -> Iterator[tuple[str, type[JupyterHandler]]]:
    """Give every pattern with its handler, in the order in which they are tried."""
    for module in MODULES:
        yield from module.ROUTES
