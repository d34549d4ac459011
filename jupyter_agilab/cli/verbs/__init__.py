"""The verbs of the command line, one per file."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_agilab.cli.verb import OutsideVerb, Verb

VERBS: tuple[str, ...] = (
    "new",
    "check",
    "plan",
    "trial",
    "explain",
    "diff",
    "run",
    "runs",
    "attach",
    "stop",
    "logs",
    "report",
    "replay",
    "migrate",
    "export",
    "import",
    "build",
    "cluster",
    "workflow",
    "clean",
    "demo",
)
"""In the order in which a person meets them."""


def verb_named(name: str) -> Verb | OutsideVerb:
    """Import a verb: the ``VERB`` of the module of its name. Of all the others nothing is imported."""
    module = f"{name}_" if iskeyword(name) else name
    verb: Verb | OutsideVerb = import_module(f"{__name__}.{module}").VERB
    return verb
