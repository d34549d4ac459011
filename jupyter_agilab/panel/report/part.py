"""One part of the report: a heading that one can jump to, and what stands below it."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.panel.markup import Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the page; ``count`` stands beside its name in the list of parts, where it says something."""

    id: str
    title: str
    body: Markup
    count: str = ""
