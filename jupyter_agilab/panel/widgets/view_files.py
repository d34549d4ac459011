"""The view's script and style sheet: small files that are joined into the two texts that a widget carries.

There is no build step and nothing is loaded from a network: what is in ``view/`` is what the browser runs.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_SCRIPTS = (
    "words.js",
    "states.js",
    "theme.js",
    "asking.js",
    "lanes.js",
    "bars.js",
    "map_draw.js",
    "map_input.js",
    "pin_menu.js",
    "map.js",
    "rows.js",
    "filters.js",
    "columns.js",
    "table_walk.js",
    "table.js",
    "detail.js",
    "progress.js",
    "tail.js",
    "around.js",
    "live.js",
)
"""In the order in which they are joined; the last one exports what a front end calls."""


@cache
def esm_text() -> str:
    """Give the view as one JavaScript module, whose default export has ``render``."""
    folder = files("jupyter_agilab.panel.widgets") / "view"
    return "\n\n".join((folder / name).read_text("utf-8").strip() for name in _SCRIPTS) + "\n"


@cache
def css_text() -> str:
    """Give the view's style sheet; all of it is about the class ``agl``."""
    return (files("jupyter_agilab.panel.widgets") / "view" / "view.css").read_text("utf-8")
